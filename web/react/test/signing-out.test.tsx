import { Lastseen, type Options } from "@lastseen/client";
import { act, useEffect } from "react";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { refusal, tokenOf } from "../../client/test/fake-server.js";
import { withTabs } from "../../client/test/other-tabs.js";
import { UserStatus, useHeartbeat, useLastseen } from "../src/index.js";
import { App, Beating, askedWithin, inReact, page, pass, render, server, show } from "./support.js";

inReact();

let warned: ReturnType<typeof vi.spyOn>;
beforeEach(() => {
  warned = vi.spyOn(console, "warn").mockImplementation(() => {});
});

const click = () => act(async () => page.querySelector("button")!.click());
const goodbyes = () => server.of("mark-offline").map(({ token }) => token!.replace(`Bearer ${tokenOf(1)}`, ""));
const sinceGoodbye = () => server.routes().slice(server.routes().lastIndexOf("mark-offline") + 1);

/** A button that needs no presence. */
function LogOut() {
  const client = useLastseen();
  return <button onClick={() => void client.signOut()} />;
}

describe("signing out", () => {
  test("works where nothing was started", async () => {
    await show(<LogOut />);
    await click();
    expect(server.routes()).toEqual(["mark-offline"]);
  });

  const LogOutPage = () => {
    const { signOut } = useHeartbeat();
    useEffect(() => void signOut(), [signOut]);
    return null;
  };

  test("works on a page that does so when it is mounted, and nothing starts after it", async () => {
    await show(<LogOutPage />);
    expect(goodbyes()).toEqual([""]);
    await show(null);
    await pass(2_000);
    await show(<Beating />);
    expect(sinceGoodbye()).toEqual([]);
  });

  test.each(["is still there", "is gone at once"])("goes with the newest token, which %s", async (after) => {
    await show(<Beating />);
    await show(<Beating />, { token: tokenOf(1) + "newer" });
    server.instead = ({ token }) => (token!.endsWith("newer") ? undefined : refusal(401));
    await click();
    if (after == "is gone at once") await show(null, { token: null });
    await pass(50);
    expect(goodbyes()).toEqual(["newer"]);
  });

  const useless: [string, Options["getToken"]][] = [
    ["hangs", () => new Promise(() => {})],
    ["throws", () => Promise.reject(new Error("the session has ended"))],
    ["knows nobody", () => null],
  ];
  test.each(useless)("works on such a page where getToken %s", async (_, getToken) => {
    await show(<LogOutPage />, { getToken });
    await pass(40_000);
    expect(server.routes()).toEqual(["mark-offline"]);
  });

  test("asks getToken if the token is refused", async () => {
    server.instead = ({ token, route }) => (route == "mark-offline" && !token!.endsWith("newer") ? refusal(401) : undefined);
    await show(<Beating />, { getToken: () => tokenOf(1) + "newer" });
    await click();
    expect(goodbyes()).toEqual(["", "newer"]);
  });

  test("never goes with the token of whoever signs in next", async () => {
    await show(<Beating />);
    const later = (answer: Response) => new Promise<Response>((resolve) => setTimeout(() => resolve(answer), 200));
    server.instead = ({ route }) => (route == "mark-offline" ? later(refusal(401)) : undefined);
    await click();
    await show(<Beating />, { token: tokenOf(2) });
    await pass(1_000);
    expect(new Set(goodbyes())).toEqual(new Set([""]));
  });
});

describe("when the user changes", () => {
  const by = (route: string) => server.of(route).map(({ token }) => (token == `Bearer ${tokenOf(1)}` ? 1 : 2));

  test("the goodbye of a component that goes is of the user who was there", async () => {
    const Leaving = () => {
      const { signOut } = useHeartbeat();
      useEffect(() => () => void signOut(), [signOut]);
      return null;
    };
    await show(<Leaving />);
    await show(<Beating />, { token: tokenOf(2) });
    await pass(60_000);
    expect(by("mark-offline")).toEqual([1]);
    expect(by("heartbeat")).toContain(2);
  });

  test("so is that of a handler which was waiting", async () => {
    const Waiting = () => {
      const { signOut } = useHeartbeat();
      return <button onClick={() => void setTimeout(signOut, 1_000)} />;
    };
    await show(<Waiting />);
    await click();
    await show(<Waiting />, { token: tokenOf(2) });
    await pass(120_000);
    expect(by("mark-offline")).toEqual([1]);
  });
});

describe("after signing out", () => {
  const Leaving = () => {
    const client = useLastseen();
    const { signOut } = useHeartbeat();
    return (
      <>
        <button onClick={() => void signOut()} />
        <button onClick={() => void client.signOut()} />
      </>
    );
  };

  test.each([0, 1])("nothing starts again with the token that was given: by button %i", async (at) => {
    await show(<Leaving />);
    await act(async () => page.querySelectorAll("button")[at]!.click());
    await show(null);
    await pass(2_000);
    await show(<Beating />);
    expect(await askedWithin(300_000)).toBe(0);
    expect(warned).toHaveBeenCalled();

    await show(<Beating />, { token: tokenOf(1) + "newer" });
    expect(server.asked.at(-1)!.token).toBe(`Bearer ${tokenOf(1)}newer`);
  });

  test("nor where getToken would have another one, which it is not asked for", async () => {
    const getToken = vi.fn(async () => tokenOf(1) + "fresh");
    await show(<Beating />, { getToken });
    await click();
    await show(null, { getToken });
    await pass(2_000);
    await show(<Beating />, { getToken });
    expect(sinceGoodbye()).toEqual([]);
    expect(getToken).not.toHaveBeenCalled();
  });

  const changes: Record<string, unknown>[] = [{ url: "http://other" }, { leaveOnClose: true }, { key: "another" }];
  test.each(changes)("nor with %o", async ({ key, ...change }) => {
    await show(<Beating />);
    await click();
    await render(
      <App key={key as string} {...change}>
        <Beating />
      </App>,
    );
    await pass(1_000);
    expect(sinceGoodbye()).toEqual([]);
  });

  test("nor by another provider of the page", async () => {
    withTabs();
    const two = (of: number | undefined) => (
      <>
        <App>
          <Beating />
        </App>
        <App>{of && <UserStatus userId={of} />}</App>
      </>
    );
    await render(two(5));
    await click();
    await render(two(undefined));
    await pass(2_000);
    await render(two(6));
    await pass(1_000);
    expect(sinceGoodbye()).toEqual([]);
  });

  test("nor in another tab, whose page has the token too", async () => {
    withTabs();
    await show(<Beating />);
    await new Lastseen({ token: tokenOf(1) + "of another tab", fetch: server.fetch as typeof fetch }).signOut();
    await show(null);
    await pass(2_000);
    await show(<Beating />);
    expect(sinceGoodbye()).toEqual([]);
  });

  test.each([{}, { user: 1 }])("the same token is good again when the page had none meanwhile, with %o", async (props) => {
    await show(<Beating />, props);
    await click();
    await show(null, { ...props, token: null });
    await pass(60_000);
    await show(<Beating />, props);
    expect(server.of("heartbeat")).toHaveLength(2);
  });

  test("the same user comes back by another token of getToken", async () => {
    let token = tokenOf(1);
    const props = { token: undefined, getToken: () => token };
    await show(<Beating />, props);
    await click();
    await show(null, props);
    await pass(2_000);
    token += "newer";
    await show(<Beating />, props);
    expect(server.asked.at(-1)!.token).toBe(`Bearer ${token}`);
  });
});
