import { describe, expect, test, vi } from "vitest";
import { refusal } from "./fake-server.js";
import { withTabs } from "./other-tabs.js";
import { pass } from "./page.js";
import { client, server, started, warnings } from "./world.js";

const gone = () => Promise.reject(new TypeError("no network"));

describe("what is known of somebody", () => {
  test("is nothing before the server has told", () => {
    expect(client().status(5)).toMatchObject({ status: "unknown", is_online: false, last_seen: null });
  });

  test("is that they are offline once it has told who is online", async () => {
    const made = client();
    made.watch();
    made.status(5);
    const listener = vi.fn();
    made.subscribe(listener);
    made.start();
    await pass(1);
    expect(made.status(5).status).toBe("offline");
    expect(listener.mock.calls.some(([changed]) => changed.has("5"))).toBe(true);
  });

  test("is nothing of those whom nobody watches while others are watched", async () => {
    server.comes(5);
    server.comes(6);
    const made = client();
    made.watch([5]);
    made.start();
    await pass(50);
    expect([made.status(5).status, made.status(6).status, made.status(7).status]).toEqual(["online", "unknown", "unknown"]);
  });

  test("is told to listeners of watched users of whom nobody asked", async () => {
    const made = client();
    made.watch([7]);
    const changed = new Set<string>();
    made.subscribe((ids) => ids.forEach((id) => changed.add(id)));
    made.start();
    await pass(50);
    expect(changed).toContain("7");
  });
});

describe("when the server is gone", () => {
  test("nobody is green for longer than answers are good", async () => {
    server.comes(5);
    const made = await started();
    server.instead = gone;
    await pass(19_000);
    expect([made.state, made.online, made.status(5).status]).toEqual(["stale", [1, 5], "online"]);
    await pass(11_000);
    expect([made.state, made.online, made.status(5).status]).toEqual(["offline", [], "unknown"]);
    expect(made.connection.reason).toBe("no answer");
  });

  test.each([
    [20, 300, 20],
    [30, 16, 16],
    // What is not due yet is not missing.
    [3, 300, 15],
  ])("with stale_for=%i and a window of %i that is %i s", async (staleFor, window, seconds) => {
    Object.assign(server, { staleFor, window });
    server.comes(5);
    const made = await started();
    server.instead = gone;
    await pass(seconds * 1000 - 100);
    expect(made.isOnline(5)).toBe(true);
    await pass(200);
    expect(made.isOnline(5)).toBe(false);
  });

  test("all of it is told anew when it is back", async () => {
    server.comes(5);
    const made = await started();
    server.instead = gone;
    await pass(60_000);
    server.goes(5);
    server.comes(6);
    server.instead = () => undefined;
    await pass(60_000);
    expect([made.state, made.online, made.status(5).status]).toEqual(["live", [1, 6], "offline"]);
  });

  test("a listener hears it, also if nobody was online", async () => {
    const made = client();
    const states: string[] = [];
    made.subscribe(() => states.push(made.state));
    server.instead = gone;
    made.start();
    await pass(1_000);
    server.instead = () => undefined;
    await pass(10_000);
    server.instead = () => refusal(503);
    await pass(120_000);
    made.stop();
    expect(states.filter((state, index) => state != states[index - 1])).toEqual(["connecting", "live", "stale", "offline"]);
    expect(made.connection).toEqual({ state: "offline", reason: "stopped" });
  });

  test("a server that answers without its store is stale, and its age counts", async () => {
    server.comes(5);
    const made = await started();
    const answer = (age: number) => () =>
      Response.json({ came_online: [], went_offline: [], cursor: "at-2", poll_interval: 10 }, { headers: { Age: `${age}` } });
    server.instead = answer(12);
    await pass(10_000);
    expect(made.connection).toEqual({ state: "stale", reason: "the server cannot reach its store" });
    server.instead = gone;
    await pass(17_000);
    expect(made.isOnline(5)).toBe(true);
    await pass(2_000);
    expect(made.isOnline(5)).toBe(false);
  });
});

describe("the state says why", () => {
  test("when the token is refused, or there is none", async () => {
    warnings();
    server.instead = () => refusal(401);
    const refused = await started();
    expect(refused.connection).toEqual({ state: "refused", reason: "the server does not take the token" });
    const nobody = await started({ token: undefined, getToken: () => null });
    expect(nobody.connection).toEqual({ state: "signed-out", reason: "there is no token" });
  });

  test("when somebody signs out, and connects anew with the next start", async () => {
    const made = await started();
    await made.signOut();
    expect(made.state).toBe("signed-out");
    made.start();
    expect(made.state).toBe("connecting");
    await pass(1);
    expect(made.state).toBe("live");
  });

  test("when no token can be had yet", async () => {
    const made = await started({ token: undefined, getToken: () => Promise.reject(new TypeError("no network")) });
    expect(made.connection).toEqual({ state: "connecting", reason: "no token could be had yet" });
  });

  test("by the same object for as long as it is so", async () => {
    const made = await started();
    const { connection } = made;
    await pass(100_000);
    expect(made.connection).toBe(connection);
  });
});

describe("of several tabs", () => {
  test("those who only hear know as much, and forget as soon", async () => {
    withTabs();
    server.comes(5);
    const [leads, hears] = [await started(), await started()];
    expect(hears.state).toBe("live");
    server.instead = gone;
    await pass(19_000);
    expect([hears.state, hears.isOnline(5)]).toEqual(["stale", true]);
    await pass(12_000);
    expect([hears.state, hears.isOnline(5)]).toEqual(["offline", false]);
    server.instead = () => undefined;
    await pass(60_000);
    expect([leads.online, hears.online]).toEqual([[1, 5], [1, 5]]);
    expect(hears.status(9).status).toBe("offline");
  });

  test("one that comes while nothing is known asks no more than once", async () => {
    withTabs();
    server.instead = gone;
    const leads = await started();
    const hears = await started();
    expect([leads.state, hears.state]).toEqual(["connecting", "connecting"]);
    server.instead = () => undefined;
    await pass(20_000);
    expect(hears.state).toBe("live");
  });
});

test("a client that was stopped believes nothing for longer, and no timer is left of it", async () => {
  server.comes(5);
  const made = await started();
  made.stop();
  expect(vi.getTimerCount()).toBe(0);
  await pass(29_000);
  expect(made.online).toEqual([1, 5]);
  await pass(2_000);
  expect([made.online, made.status(5).status]).toEqual([[], "unknown"]);
});
