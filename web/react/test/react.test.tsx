import { Lastseen } from "@lastseen/client";
import { Profiler, StrictMode, Suspense, act, version } from "react";
import { renderToString } from "react-dom/server";
import { describe, expect, test } from "vitest";
import { tokenOf } from "../../client/test/fake-server.js";
import { OnlineStatusIndicator, OnlineUsersList, UserStatus, UserStatusIndicator } from "../src/index.js";
import { Beating, badge, inReact, page, pass, server, show } from "./support.js";

inReact();

describe("<UserStatus>", () => {
  test("goes by what the server says of a user, and the table once they are offline", async () => {
    server.comes(5);
    await show(<UserStatus userId={5} />);
    expect(badge().textContent).toBe("online");
    expect(badge().dataset["status"]).toBe("online");
    server.says(5, { last_seen: "2026-01-28T14:00:05.000Z" });
    server.goes(5);
    await pass(10_000);
    expect(badge().textContent).toBe("just now");
    expect(badge().dataset["status"]).toBe("recent");
    expect(badge().title).toMatch(/^last seen at \d/);
    await pass(10 * 60_000 + 30_000);
    expect(badge().textContent).toBe("10m ago");
    expect(badge().dataset["status"]).toBe("offline");
  });

  test("does not turn amber between two beats", async () => {
    server.comes(5);
    server.says(5, { last_seen: "2026-01-28T13:58:01.000Z" });
    await show(<UserStatus userId={5} />);
    await pass(60_000);
    expect(badge().dataset["status"]).toBe("online");
  });

  test("of a bare timestamp goes by the table, and its text follows the time", async () => {
    await show(<UserStatus lastSeen="2026-01-28T14:00:00Z" size="lg" className="mine" />);
    expect(badge().className).toBe("lastseen lastseen-lg lastseen-dot mine");
    expect(badge().textContent).toBe("online");
    await pass(31_000);
    expect(badge().textContent).toBe("1m ago");
    await pass(4 * 60_000 + 30_000);
    expect([badge().textContent, badge().dataset["status"]]).toEqual(["5m ago", "offline"]);
  });

  test("asks for nothing when nothing needs the server", async () => {
    await show(<UserStatus lastSeen={null} />);
    expect(server.asked).toEqual([]);
  });

  test("has a text for those who listen when none is shown, and no dot if none is wanted", async () => {
    await show(<UserStatus lastSeen={new Date()} showText={false} showDot={false} />);
    expect(badge().className).toBe("lastseen lastseen-md");
    expect(badge().querySelector(".lastseen-unseen")!.textContent).toBe("online");
  });
});

test("<UserStatusIndicator> and <OnlineStatusIndicator> follow a user", async () => {
  await show(
    <>
      <UserStatusIndicator userId={5} />
      <OnlineStatusIndicator userId="5" />
    </>,
  );
  const shown = () => [...page.querySelectorAll<HTMLElement>(".lastseen")].map((one) => one.dataset["status"]);
  expect(shown()).toEqual(["recent", "offline"]);
  server.comes(5);
  await pass(10_000);
  expect(shown()).toEqual(["online", "online"]);
});

test("<OnlineUsersList> lists who is online", async () => {
  server.comes(12);
  await show(<OnlineUsersList renderUser={(id) => `User ${id}`} empty="nobody" />);
  const rows = () => [...page.querySelectorAll("li")].map((row) => row.textContent);
  expect(rows()).toEqual(["onlineUser 1", "onlineUser 12"]);
  server.goes(12);
  await pass(10_000);
  expect(rows()).toEqual(["onlineUser 1"]);
});

test("a change of one status renders one row of a thousand", async () => {
  // Long ago: no text of theirs changes while the test lasts.
  for (let id = 0; id < 1000; id++) server.says(id, { last_seen: "2026-01-28T10:10:00.000Z" });
  const rendered: string[] = [];
  const rows = Array.from({ length: 1000 }, (_, id) => (
    <Profiler key={id} id={String(id)} onRender={(row) => void rendered.push(row)}>
      <UserStatus userId={id} />
    </Profiler>
  ));
  await show(rows);
  rendered.length = 0;
  await pass(25_000);
  expect(rendered).toEqual([]);
  server.comes(777);
  await pass(10_000);
  expect(new Set(rendered)).toEqual(new Set(["777"]));
});

describe("useHeartbeat", () => {
  test("beats while it is mounted, and no longer", async () => {
    await show(<Beating />);
    expect(server.of("heartbeat")).toHaveLength(1);
    await show(null);
    await pass(300_000);
    expect(server.of("heartbeat")).toHaveLength(1);
    expect(server.of("mark-offline")).toEqual([]);
  });

  test("hands out what signs out", async () => {
    await show(<Beating />);
    await act(async () => page.querySelector("button")!.click());
    expect(server.of("mark-offline")).toHaveLength(1);
    await pass(300_000);
    expect(server.asked.at(-1)!.route).toBe("mark-offline");
  });

  test("beats once in strict mode", async () => {
    await show(
      <StrictMode>
        <Beating />
        <UserStatus userId={5} />
      </StrictMode>,
    );
    expect(server.routes()).toEqual(["heartbeat", "online-users", "batch"]);
  });

  test("goes on when another component takes over", async () => {
    await show(<Beating key="a" />);
    await show(<Beating key="b" />);
    await pass(20_000);
    expect(server.routes()).toEqual(["heartbeat", "online-users", "online-users", "online-users"]);
  });
});

describe("<LastseenProvider>", () => {
  test("asks nothing while nobody is signed in", async () => {
    await show(<Beating />, { token: null });
    await pass(60_000);
    expect(server.asked).toEqual([]);
    await show(<Beating />);
    expect(server.of("heartbeat")).toHaveLength(1);
  });

  test("goes on with a newer token of the same user, and begins anew with another user", async () => {
    await show(<Beating />);
    await show(<Beating />, { token: tokenOf(1) + "newer" });
    expect(server.of("heartbeat")).toHaveLength(1);
    await show(<Beating />, { token: tokenOf(2) });
    expect(server.of("heartbeat")).toHaveLength(2);
    expect(server.of("heartbeat")[1]!.token).toBe(`Bearer ${tokenOf(2)}`);
  });

  test("is missed with a sentence", () => {
    expect(() => renderToString(<UserStatus userId={5} />)).toThrow("<LastseenProvider>");
  });
});

test("a component that waited for something shows what has happened meanwhile", async () => {
  const own = new Lastseen({ token: tokenOf(1), fetch: server.fetch as typeof fetch });
  own.watch([5]);
  own.start();
  await pass(50);
  let ready = () => {};
  let isReady = false;
  const waiting = new Promise<void>((resolve) => (ready = resolve)).then(() => void (isReady = true));
  const Late = () => {
    if (!isReady) throw waiting;
    return null;
  };
  const content = (
    <Suspense>
      <UserStatus userId={5} />
      <Late />
    </Suspense>
  );
  await show(content, { client: own });
  server.comes(5);
  await pass(10_000);
  expect(own.isOnline(5)).toBe(true);
  await act(async () => ready());
  expect(badge().textContent).toBe("online");
});

test("this is the React that is meant", ({ task }) => {
  expect(task.file.projectName).toBe(`react ${version.split(".")[0]}`);
});
