import { act } from "react";
import { describe, expect, test, vi } from "vitest";
import { Lastseen } from "@lastseen/client";
import { FakeServer, refusal, tokenOf } from "../../client/test/fake-server.js";
import { withTabs } from "../../client/test/other-tabs.js";
import { Beating, askedWithin, inReact, pass, server, show } from "./support.js";

inReact();

const refuse = (good: string) => (server.instead = ({ token }) => (token!.endsWith(good) ? undefined : refusal(401)));

describe("a provider with a token and getToken", () => {
  const tokens = () => server.asked.map(({ token }) => token!.replace(`Bearer ${tokenOf(1)}`, ""));

  test("asks for another one when the token is refused", async () => {
    refuse("new");
    const getToken = vi.fn(async () => tokenOf(1) + "new");
    await show(<Beating />, { getToken });
    expect(getToken).toHaveBeenCalledTimes(1);
    expect(tokens()).toEqual(["", "new", "new"]);
    expect(await askedWithin(60_000)).toBeGreaterThan(4);
  });

  test("does not ask while the token is good", async () => {
    const getToken = vi.fn(async () => tokenOf(1) + "new");
    await show(<Beating />, { getToken });
    await pass(300_000);
    expect(getToken).not.toHaveBeenCalled();
  });

  test("takes a newer token that it was given meanwhile", async () => {
    const getToken = vi.fn(async () => tokenOf(1) + "new");
    await show(<Beating />, { getToken });
    await show(<Beating />, { getToken, token: tokenOf(1) + "newer" });
    refuse("newer");
    await pass(60_000);
    expect(getToken).not.toHaveBeenCalled();
    expect(tokens().at(-1)).toBe("newer");
  });

  test("takes a newer token that it was given while getToken was asked", async () => {
    let answer = (_: string) => {};
    refuse("newer");
    const getToken = () => new Promise<string>((resolve) => (answer = resolve));
    await show(<Beating />, { getToken });
    await show(<Beating />, { getToken, token: tokenOf(1) + "newer" });
    await act(async () => answer(tokenOf(1) + "stale"));
    await pass(60_000);
    expect(tokens().at(-1)).toBe("newer");
    expect(await askedWithin(60_000)).toBeGreaterThan(4);
  });

  test("that is of another user is theirs, and ends when they sign out elsewhere", async () => {
    withTabs();
    vi.spyOn(console, "warn").mockImplementation(() => {});
    await show(<Beating />, { getToken: () => tokenOf(2) });
    server.instead = ({ token }) => (token == `Bearer ${tokenOf(1)}` ? refusal(401) : undefined);
    await pass(130_000);
    const sessions = (user: number) =>
      server.of("heartbeat").flatMap(({ token, body }) => (token == `Bearer ${tokenOf(user)}` ? [body!["session_id"]] : []));
    expect(sessions(2)).not.toEqual([]);
    expect(sessions(2)).not.toContain(sessions(1)[0]);

    await new Lastseen({ token: tokenOf(2), fetch: server.fetch as typeof fetch }).signOut();
    await pass(50);
    expect(await askedWithin(300_000)).toBe(0);
  });
});

test.each([{ url: "http://other" }, { token: tokenOf(2) }])("fetch may change together with %o", async (change) => {
  const other = new FakeServer();
  await show(<Beating />);
  await show(<Beating />, { ...change, fetch: other.fetch as typeof fetch });
  expect(other.of("heartbeat")).toHaveLength(1);
});
