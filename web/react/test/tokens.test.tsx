import { describe, expect, test, vi } from "vitest";
import { refusal, tokenOf } from "../../client/test/fake-server.js";
import { Beating, askedWithin, inReact, pass, server, show } from "./support.js";

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
