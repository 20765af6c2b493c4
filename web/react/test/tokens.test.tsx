import { act } from "react";
import { describe, expect, test, vi } from "vitest";
import { refusal, tokenOf } from "../../client/test/fake-server.js";
import { useHeartbeat, useLastseen } from "../src/index.js";
import { Beating, askedWithin, inReact, page, pass, server, show } from "./support.js";

inReact();

describe("a provider with a token and getToken", () => {
  const tokens = () => server.asked.map(({ token }) => token!.replace(`Bearer ${tokenOf(1)}`, ""));
  const refuse = (good: string) => (server.instead = ({ token }) => (token!.endsWith(good) ? undefined : refusal(401)));

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
});

describe("after signing out", () => {
  test.each(["a component of ours", "a client"])("by %s, nothing starts again with the token that was given", async (way) => {
    const Leaving = () => {
      const client = useLastseen();
      const { signOut } = useHeartbeat();
      return <button onClick={() => void (way == "a client" ? client.signOut() : signOut())} />;
    };
    const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
    await show(<Leaving />);
    await act(async () => page.querySelector("button")!.click());
    await show(null);
    await pass(2_000);
    await show(<Beating />);
    expect(await askedWithin(300_000)).toBe(0);
    expect(warned).toHaveBeenCalled();

    await show(<Beating />, { token: tokenOf(1) + "newer" });
    expect(server.asked.at(-1)!.token).toBe(`Bearer ${tokenOf(1)}newer`);
  });

  test("the same user comes back by another token of getToken", async () => {
    let token = tokenOf(1);
    const props = { token: undefined, getToken: () => token };
    await show(<Beating />, props);
    await act(async () => page.querySelector("button")!.click());
    await show(null, props);
    await pass(2_000);
    token += "newer";
    await show(<Beating />, props);
    expect(server.asked.at(-1)!.token).toBe(`Bearer ${token}`);
  });
});
