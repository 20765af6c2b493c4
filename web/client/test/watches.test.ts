import { describe, expect, test } from "vitest";
import type { UserId } from "../src/types.js";
import { pass } from "./page.js";
import { client, server, started } from "./world.js";

describe("watched users", () => {
  test("narrow the polls, and their whole status is known", async () => {
    server.says(5, { availability: "busy", text: "In a meeting", last_seen: "2026-01-28T12:00:00.000Z" });
    const made = client();
    made.watch([5, 6]);
    made.start();
    await pass(1);
    expect(made.status(5)).toMatchObject({ is_online: false, availability: "busy", last_seen: "2026-01-28T12:00:00.000Z" });
    expect(server.of("online-users")[0]!.query.getAll("ids")).toEqual(["5", "6"]);
    expect(server.of("batch")[0]!.body).toEqual({ user_ids: [5, 6] });
  });

  test("are told about by deltas, without another question", async () => {
    const made = client();
    made.watch([5]);
    made.start();
    await pass(1);
    const before = made.status(5);
    server.comes(5);
    server.says(5, { text: "Here" });
    await pass(10_000);
    expect(before.is_online).toBe(false);
    expect(made.status(5)).toMatchObject({ is_online: true, text: "Here" });
    expect(server.of("batch")).toHaveLength(1);
  });

  test("may be added and taken away while it runs", async () => {
    server.comes(6);
    const made = client();
    made.watch([5]);
    made.start();
    await pass(1);
    const unwatch = made.watch(["6"]);
    await pass(50);
    expect(made.isOnline(6)).toBe(true);
    // What 5 said since the last answer is in no delta any more.
    expect(server.asked.at(-1)!.body).toEqual({ user_ids: [5, 6] });
    expect(server.asked.at(-2)!.query.get("since")).toBeNull();
    const asked = server.asked.length;
    unwatch();
    made.watch([5]);
    await pass(50);
    expect(server.asked).toHaveLength(asked);
  });

  test("are followed from where they stood after a stop in the midst of a beat", async () => {
    const made = client();
    made.watch([5]);
    made.start();
    await pass(1);
    server.instead = ({ route }) => (route == "heartbeat" ? new Promise(() => {}) : undefined);
    await pass(115_000);
    made.stop();
    await pass(1);
    server.instead = () => undefined;
    made.start();
    await pass(1);
    expect(server.of("heartbeat").at(-1)!.body).toMatchObject({ since: "at-1", ids: [5] });
  });

  test("that change all the time, as in a list that scrolls, are asked about once a second", async () => {
    const made = await started();
    let asked = server.asked.length;
    for (let id = 100; id < 200; id++) {
      made.watch([id]);
      await pass(50);
    }
    await pass(1_000);
    expect(server.asked.length - asked).toBeLessThan(15);
    expect(server.of("batch").at(-1)!.body!["user_ids"]).toHaveLength(100);
    asked = server.of("heartbeat").length;
    for (let id = 200; id < 8_000; id++) {
      made.watch([id])();
      await pass(16);
    }
    expect(server.of("heartbeat").length).toBeGreaterThan(asked);
  });

  test("are asked about at once after a pause", async () => {
    const made = await started();
    for (const id of [5, 6]) {
      made.watch([id]);
      await pass(25);
      expect(server.of("batch").at(-1)!.body!["user_ids"]).toContain(id);
      await pass(1_000);
    }
  });

  test("are asked about anew when they are watched again", async () => {
    const made = await started();
    made.watch();
    const unwatch = made.watch([5]);
    await pass(2_000);
    unwatch();
    server.says(5, { text: "Gone fishing" });
    await pass(130_000);
    made.watch([5]);
    await pass(2_000);
    expect(made.status(5).text).toBe("Gone fishing");
  });

  test("that are too many for a poll are followed among all", async () => {
    const made = client();
    made.watch(Array.from({ length: 1500 }, (_, id) => id));
    made.start();
    await pass(1);
    expect(server.of("online-users")[0]!.query.has("ids")).toBe(false);
    expect(server.of("batch").map(({ body }) => (body!["user_ids"] as number[]).length)).toEqual([1000, 500]);
    server.comes(1400);
    await pass(10_000);
    expect(made.isOnline(1400)).toBe(true);
    expect(server.of("batch").at(-1)!.body).toEqual({ user_ids: [1400] });
  });

  test("that are too many for a poll are asked about with the beats, if they are online", async () => {
    const made = client();
    made.watch(Array.from({ length: 1500 }, (_, id) => id));
    server.comes(1400);
    made.start();
    await pass(1);
    server.says(1400, { availability: "dnd" });
    await pass(119_000);
    expect(server.of("heartbeat")[1]!.body!["ids"]).toEqual([1, 1400]);
    expect(made.status(1400).availability).toBe("dnd");
  });

  test("are asked about anew when the server remembers no changes", async () => {
    const made = client();
    made.watch([5]);
    made.start();
    await pass(1);
    server.says(5, { availability: "dnd" });
    server.forget();
    await pass(10_000);
    expect(made.status(5).availability).toBe("dnd");
  });

  test("beside everybody are asked about with the beats", async () => {
    const made = client();
    made.watch();
    made.watch([5]);
    made.start();
    await pass(1);
    server.says(5, { availability: "dnd" });
    await pass(119_000);
    expect(server.of("heartbeat")[1]!.body).toMatchObject({ ids: [5], since: "at-1" });
    expect(made.status(5).availability).toBe("dnd");
    expect(made.online).toEqual([1]);
  });

  test("beside everybody are asked about anew when it does not remember their changes", async () => {
    const made = client();
    made.watch();
    made.watch([5]);
    made.start();
    await pass(1);
    server.says(5, { availability: "dnd" });
    server.instead = ({ body }) => {
      if (body?.["since"]) server.forget();
      return undefined;
    };
    await pass(119_500);
    expect(server.of("heartbeat")).toHaveLength(2);
    expect(made.status(5).availability).toBe("dnd");
  });

  test.each([
    [1, ["me", -1, 0.5, "", " ", null, undefined, 2 ** 53, "1e3"], 5],
    ["ada", ["", "a".repeat(129), "ä".repeat(65)], "eve"],
  ])("of whom some cannot be, as on the server of user %s, are the others", async (user, others, id) => {
    server.instead = ({ route }) => {
      const times = { server_time: new Date(), heartbeat_interval: 120, poll_interval: 10 };
      return route == "heartbeat" ? Response.json({ user_id: user, ...times }) : undefined;
    };
    const made = client();
    made.watch([...others, id] as UserId[]);
    made.start();
    await pass(60_000);
    for (const { query } of server.of("online-users").slice(-3)) expect(query.getAll("ids")).toEqual([String(id)]);
    expect(server.of("batch").map(({ body }) => body!["user_ids"])).toEqual([[id]]);
  });

  test("that cannot be users are asked of nobody", async () => {
    const made = client();
    made.watch(["me", 5]);
    made.start();
    await pass(200_000);
    const asked = server.of("batch").length;
    await pass(200_000);
    expect(server.of("batch").length).toBe(asked);
  });
});
