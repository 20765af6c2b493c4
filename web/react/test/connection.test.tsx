import { act, type ReactElement } from "react";
import { renderToString } from "react-dom/server";
import { expect, test, vi } from "vitest";
import { refusal } from "../../client/test/fake-server.js";
import { OnlineStatusIndicator, OnlineUsersList, UserStatus, useConnection, useUserStatus } from "../src/index.js";
import { App, Beating, badge, inReact, page, pass, server, show } from "./support.js";

inReact();

function Banner(): ReactElement {
  const { state, reason } = useConnection();
  return <i>{`${state}: ${reason}`}</i>;
}

const banner = () => page.querySelector("i")!.textContent;
const gone = () => Promise.reject(new TypeError("no network"));

test("of whom nothing is known yet, nothing is said", async () => {
  server.instead = () => new Promise(() => {});
  await show(
    <>
      <UserStatus userId={5} />
      <OnlineStatusIndicator userId={6} showText />
      <OnlineUsersList empty="nobody" />
    </>,
  );
  const badges = [...page.querySelectorAll<HTMLElement>(".lastseen")];
  expect(badges.map(({ dataset, textContent }) => [dataset["status"], textContent])).toEqual([
    ["unknown", ""],
    ["unknown", ""],
  ]);
  expect(badges[0]!.getAttribute("aria-busy")).toBe("true");
  expect(page.textContent).toBe("");
});

test("what a server renders says of nobody that they are offline", () => {
  const rendered = renderToString(
    <App>
      <UserStatus userId={5} />
      <OnlineUsersList empty="nobody" />
      <Banner />
    </App>,
  );
  expect(rendered.replace(/<[^>]*>/g, "")).toBe("connecting: null");
  expect(rendered).toContain('data-status="unknown"');
});

test("whoever is offline is said to be once it is known", async () => {
  await show(<UserStatus userId={5} />);
  server.says(5, { last_seen: null });
  await pass(10_000);
  expect([badge().dataset["status"], badge().textContent]).toEqual(["offline", "offline"]);
});

test("nobody stays green when the server is gone", async () => {
  server.comes(5);
  await show(
    <>
      <UserStatus userId={5} />
      <OnlineUsersList empty="nobody" />
      <Banner />
    </>,
  );
  expect([badge().textContent, banner()]).toEqual(["online", "live: null"]);
  server.instead = gone;
  await pass(20_000);
  expect([badge().textContent, banner()]).toEqual(["online", "stale: no answer"]);
  await pass(15_000);
  expect([badge().dataset["status"], badge().textContent, banner()]).toEqual(["unknown", "", "offline: no answer"]);
  expect(page.querySelectorAll("li")).toHaveLength(0);
  expect(page.textContent).not.toContain("nobody");
  server.instead = () => undefined;
  await pass(60_000);
  expect([badge().textContent, banner()]).toEqual(["online", "live: null"]);
});

test("useConnection says that the token is refused, and that somebody has signed out", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  server.instead = () => refusal(401);
  await show(
    <>
      <Beating />
      <Banner />
    </>,
  );
  expect(banner()).toBe("refused: the server does not take the token");
  server.instead = () => undefined;
  await show(null);
  await show(
    <>
      <Beating />
      <Banner />
    </>,
    { token: `${"e30."}${btoa(JSON.stringify({ user_id: 2 }))}.` },
  );
  expect(banner()).toBe("live: null");
  await act(async () => page.querySelector("button")!.click());
  expect(banner()).toBe("signed-out: null");
});

test("a banner alone asks for nothing", async () => {
  await show(<Banner />);
  expect(banner()).toBe("connecting: null");
  expect(server.asked).toEqual([]);
});

test("useUserStatus tells unknown from offline", async () => {
  const Row = () => <b>{useUserStatus(5).status}</b>;
  server.instead = gone;
  await show(<Row />);
  expect(page.textContent).toBe("unknown");
  server.instead = () => undefined;
  await pass(10_000);
  expect(page.textContent).toBe("offline");
});
