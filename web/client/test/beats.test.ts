import { describe, expect, test, vi } from "vitest";
import { refusal } from "./fake-server.js";
import { pass } from "./page.js";
import { client, clients, errors, page, server, started, warnings } from "./world.js";

describe("beats", () => {
  test("the first is sent at once", async () => {
    await started();
    expect(server.routes()).toEqual(["heartbeat", "online-users"]);
    expect(server.asked[0]?.body).toMatchObject({ session_id: expect.any(String), timestamp: expect.any(String) });
  });

  test("follow at the server's pace, and do for a poll", async () => {
    await started();
    await pass(119_000);
    expect(server.of("heartbeat")).toHaveLength(2);
    const [first, second] = server.of("heartbeat");
    expect(second!.at - first!.at).toBeGreaterThan(90_000);
    expect(second!.body).toHaveProperty("since");
    // Two at the start, then one in each interval of 10 s, the beat among them.
    expect(server.asked).toHaveLength(2 + 11);
  });

  test("jitter only shortens", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.999);
    await started();
    await pass(10_000);
    const [first, second] = server.of("online-users");
    expect(second!.at - first!.at).toBeLessThan(10_000);
    expect(second!.at - first!.at).toBeGreaterThan(8_900);
  });

  test("pause while the page is hidden, and so do polls", async () => {
    await started();
    page.hide();
    await pass(600_000);
    expect(server.asked).toHaveLength(2);
  });

  test("resume at once when it shows after more than a minute", async () => {
    await started();
    page.hide();
    await pass(61_000);
    page.show();
    await pass(1);
    expect(server.of("heartbeat")).toHaveLength(2);
  });

  test("do not resume at once after less than a minute", async () => {
    await started();
    page.hide();
    await pass(50_000);
    page.show();
    await pass(1);
    expect(server.of("heartbeat")).toHaveLength(1);
  });

  test("come within a poll after the machine slept, though timers stood still", async () => {
    await started();
    vi.setSystemTime(Date.now() + 8 * 3_600_000);
    await pass(10_000);
    expect(server.of("heartbeat")).toHaveLength(2);
  });

  test("go on when the clock is set back", async () => {
    await started();
    vi.setSystemTime(Date.now() - 8 * 3_600_000);
    await pass(10_000);
    expect(server.of("heartbeat")).toHaveLength(2);
  });

  test("are stamped by the server's clock", async () => {
    server.ahead = 3_600_000;
    await started();
    await pass(110_000);
    const [first, second] = server.of("heartbeat");
    expect(Date.parse(String(first!.body!["timestamp"])) - first!.at).toBe(0);
    expect(Date.parse(String(second!.body!["timestamp"])) - second!.at).toBe(3_600_000);
  });

  test("are stamped by the server's clock from the second on, also if this machine's was ahead", async () => {
    server.ahead = -3_600_000;
    await started();
    await pass(400_000);
    const [first, ...others] = server.of("heartbeat").map(({ at, body }) => Date.parse(String(body!["timestamp"])) - at);
    expect(first).toBe(0);
    expect(others).toEqual(others.map(() => -3_600_000));
    expect(others.length).toBeGreaterThan(2);
  });

  test("go on as before after an answer that says no intervals", async () => {
    server.instead = ({ route }) => (route == "heartbeat" ? Response.json({ status: "ok" }) : undefined);
    await started();
    const timers = vi.spyOn(globalThis, "setTimeout");
    await pass(125_000);
    expect(server.of("heartbeat")).toHaveLength(2);
    expect(timers.mock.calls.length).toBeLessThan(100);
  });

  test("are not sent by a page that is hidden from the start", async () => {
    page.hide();
    await started();
    expect(server.asked).toEqual([]);
  });

  test("are not sent twice by start, stop, start", async () => {
    const made = client();
    made.start();
    made.stop();
    made.start();
    await pass(1);
    expect(server.of("heartbeat")).toHaveLength(1);
    made.stop();
    made.start();
    await pass(1);
    expect(server.of("heartbeat")).toHaveLength(1);
  });
});

describe("who is online", () => {
  test("is known after the first poll, then followed by cursor", async () => {
    server.comes(5);
    const made = await started();
    expect(made.online).toEqual([1, 5]);
    const heard: string[][] = [];
    made.subscribe((changed) => heard.push([...changed]));
    server.comes(12);
    server.goes(5);
    await pass(10_000);
    expect(made.online).toEqual([1, 12]);
    expect(made.isOnline("12")).toBe(true);
    expect(heard).toEqual([["12", "5"]]);
    expect(server.asked.at(-1)!.query.get("since")).toBe("at-2");
  });

  test("is told to nobody while nothing changes", async () => {
    const made = await started();
    const listener = vi.fn();
    made.subscribe(listener);
    const { online } = made;
    await pass(300_000);
    expect(listener).not.toHaveBeenCalled();
    expect(made.online).toBe(online);
  });

  test("is told to all listeners though one throws, and asked for as before", async () => {
    errors();
    const made = await started();
    const listener = vi.fn();
    made.subscribe(() => {
      throw new Error("mine");
    });
    made.subscribe(listener);
    for (const user of [5, 6]) {
      server.comes(user);
      await pass(10_000);
    }
    expect(listener).toHaveBeenCalledTimes(2);
    expect(server.of("online-users")).toHaveLength(3);
  });

  test("is taken in full when the server says so", async () => {
    server.comes(5);
    const made = await started();
    server.instead = ({ route }) =>
      route == "online-users" ? Response.json({ online_users: [1, 7], count: 2, cursor: "new", poll_interval: 10 }) : undefined;
    await pass(10_000);
    expect(made.online).toEqual([1, 7]);
  });

  test("is asked for anew when the cursor is refused", async () => {
    await started();
    const warn = warnings();
    server.instead = ({ query }) => (query.has("since") ? refusal(400) : undefined);
    server.comes(9);
    await pass(10_000);
    expect(clients[0]!.isOnline(9)).toBe(true);
    expect(warn).not.toHaveBeenCalled();
  });
});
