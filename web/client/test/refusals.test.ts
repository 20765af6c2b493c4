import { describe, expect, test, vi } from "vitest";
import { refusal, tokenOf } from "./fake-server.js";
import { pass } from "./page.js";
import { client, clients, page, server, started, warnings } from "./world.js";

describe("when the server refuses", () => {
  test("429 and 503 are waited out for as long as it says", async () => {
    server.instead = () => refusal(503, { "Retry-After": "20" });
    await started();
    const asked = server.asked.length;
    page.says("online");
    await pass(19_900);
    expect(server.asked).toHaveLength(asked);
    server.instead = () => undefined;
    await pass(2_000);
    expect(clients[0]!.isOnline(1)).toBe(true);
  });

  test("waits end also if the clock is set back", async () => {
    await started();
    server.instead = () => refusal(503);
    await pass(125_000);
    vi.setSystemTime(Date.now() - 8 * 3_600_000);
    server.instead = () => undefined;
    const asked = server.asked.length;
    await pass(120_000);
    expect(server.asked.length).toBeGreaterThan(asked + 5);
  });

  test("waits that are longer than any timer are waited all the same", async () => {
    server.instead = () => refusal(429, { "Retry-After": "3000000" });
    const timers = vi.spyOn(globalThis, "setTimeout");
    await started();
    expect(Math.max(...timers.mock.calls.map(([, wait]) => wait ?? 0))).toBeLessThan(2 ** 31);
  });

  test("waits are not cut short by a stop and a start", async () => {
    server.instead = () => refusal(429, { "Retry-After": "60" });
    const made = await started();
    for (let i = 0; i < 20; i++) {
      made.stop();
      made.start();
      await pass(50);
    }
    expect(server.asked).toHaveLength(1);
  });

  test("a 429 holds for every route", async () => {
    server.instead = () => refusal(429, { "Retry-After": "5" });
    await started();
    await pass(4_900);
    expect(server.asked).toHaveLength(1);
  });

  test("failures without a word are repeated ever more slowly", async () => {
    await started();
    server.instead = () => Promise.reject(new TypeError("no network"));
    await pass(600_000);
    const times = server.asked.slice(2).map(({ at }) => at);
    expect(times.length).toBeLessThan(60);
    expect(times.length).toBeGreaterThan(20);
  });

  test("the network being back is not waited for", async () => {
    await started();
    server.instead = () => Promise.reject(new TypeError("no network"));
    await pass(300_000);
    server.instead = () => undefined;
    const asked = server.asked.length;
    page.says("online");
    await pass(50);
    expect(server.asked.length).toBeGreaterThan(asked);
  });

  test("an answer that does not come is given up", async () => {
    await started();
    server.instead = () => new Promise(() => {});
    await pass(45_000);
    expect(server.asked.some((asked) => asked.aborted())).toBe(true);
  });

  test("a 401 asks for another token, once", async () => {
    const getToken = vi.fn(async () => tokenOf(1) + getToken.mock.calls.length);
    server.instead = ({ token }) => (token!.endsWith(".1") ? refusal(401) : undefined);
    await started({ token: undefined, getToken });
    expect(getToken).toHaveBeenCalledTimes(2);
    expect(clients[0]!.isOnline(1)).toBe(true);
  });

  test("a second 401 ends it, with a warning and no storm", async () => {
    const warn = warnings();
    const getToken = vi.fn(async () => tokenOf(1));
    server.instead = () => refusal(401);
    await started({ token: undefined, getToken });
    await pass(600_000);
    expect(server.asked).toHaveLength(2);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  test("nobody is shown as online for ever after it has ended", async () => {
    warnings();
    server.comes(5);
    const made = await started();
    server.instead = () => refusal(401);
    await pass(20_000);
    expect(made.online).toEqual([]);
    server.instead = () => undefined;
    made.start();
    await pass(1);
    expect(made.online).toEqual([1, 5]);
  });

  test("a token that cannot be had yet is asked for again", async () => {
    const getToken = vi.fn().mockRejectedValueOnce(new TypeError("no network")).mockResolvedValue(tokenOf(1));
    await started({ token: undefined, getToken });
    await pass(1_000);
    expect(server.routes()).toContain("heartbeat");
  });

  test("nobody signed in means nobody to speak of", async () => {
    warnings();
    await started({ token: undefined, getToken: () => null });
    await pass(600_000);
    expect(server.asked).toEqual([]);
  });

  test("a server that lacks the routes is told of once, and left alone", async () => {
    const warn = warnings();
    server.instead = () => refusal(404);
    const made = await started();
    made.watch([5]);
    await pass(290_000);
    expect(server.asked).toHaveLength(3);
    await pass(3_600_000);
    expect(server.asked.length).toBeLessThan(50);
    expect(warn).toHaveBeenCalledTimes(4);
  });

  test("a server without status queries still says who is online", async () => {
    warnings();
    server.instead = ({ route }) => (route == "batch" ? refusal(404) : undefined);
    const made = client();
    made.watch([5]);
    made.start();
    await pass(1);
    server.comes(5);
    await pass(10_000);
    expect(made.status(5)).toMatchObject({ is_online: true });
  });
});
