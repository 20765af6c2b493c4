import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Lastseen } from "../src/client.js";
import type { Options } from "../src/types.js";
import { FakeServer, refusal, tokenOf } from "./fake-server.js";
import { Page, pass } from "./page.js";

let server: FakeServer;
let page: Page;
let clients: Lastseen[];

beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2026-01-28T14:00:00Z") });
  // No jitter.
  vi.spyOn(Math, "random").mockReturnValue(0);
  page = new Page();
  server = new FakeServer();
  clients = [];
});

afterEach(() => {
  for (const client of clients) client.stop();
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

function client(options: Options = {}): Lastseen {
  const made = new Lastseen({ token: tokenOf(1), fetch: server.fetch as typeof fetch, ...options });
  clients.push(made);
  return made;
}

async function started(options?: Options): Promise<Lastseen> {
  const made = client(options);
  made.start();
  await pass(1);
  return made;
}

const warnings = () => vi.spyOn(console, "warn").mockImplementation(() => {});

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

  test("a 429 holds for every route", async () => {
    server.instead = () => refusal(429, { "Retry-After": "5" });
    await started();
    await pass(4_900);
    expect(server.asked).toHaveLength(1);
  });

  test("failures without a word are repeated ever more slowly, and the picture stays", async () => {
    server.comes(5);
    const made = await started();
    const listener = vi.fn();
    made.subscribe(listener);
    server.instead = () => Promise.reject(new TypeError("no network"));
    await pass(600_000);
    const times = server.asked.slice(2).map(({ at }) => at);
    expect(times.length).toBeLessThan(60);
    expect(times.length).toBeGreaterThan(20);
    expect(made.online).toEqual([1, 5]);
    expect(listener).not.toHaveBeenCalled();
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
    expect(warn).toHaveBeenCalledTimes(3);
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

describe("signing out", () => {
  test("is on its way at once, and outlives the page", async () => {
    const made = await started();
    void made.signOut();
    const goodbye = server.asked.at(-1)!;
    expect(goodbye).toMatchObject({ route: "mark-offline", keepalive: true });
    expect(goodbye.body!["session_id"]).toBe(server.asked[0]!.body!["session_id"]);
    await pass(600_000);
    expect(server.asked.at(-1)).toBe(goodbye);
    expect(made.online).toEqual([]);
  });

  test("aborts a beat in flight, and its stamp is later", async () => {
    server.instead = ({ route }) => (route == "heartbeat" ? new Promise(() => {}) : undefined);
    const made = await started();
    await made.signOut();
    const [beat] = server.of("heartbeat");
    const [goodbye] = server.of("mark-offline");
    expect(beat!.aborted()).toBe(true);
    expect(Date.parse(String(goodbye!.body!["timestamp"]))).toBeGreaterThan(Date.parse(String(beat!.body!["timestamp"])));
  });

  test("wins over beats that were stamped by a clock that was ahead", async () => {
    server.ahead = -20_000;
    const made = await started();
    await made.signOut();
    const stamp = (route: string) => Date.parse(String(server.of(route)[0]!.body!["timestamp"]));
    expect(stamp("mark-offline")).toBeGreaterThan(stamp("heartbeat"));
  });

  test("works where nothing was started, and never fails", async () => {
    const warn = warnings();
    await client().signOut();
    expect(server.routes()).toEqual(["mark-offline"]);
    server.instead = () => refusal(503);
    await client().signOut();
    expect(warn).toHaveBeenCalledTimes(1);
  });
});

describe("closing the page", () => {
  test("says nothing unless asked to", async () => {
    await started();
    page.says("pagehide");
    expect(server.of("mark-offline")).toEqual([]);
  });

  test("marks the session offline with leaveOnClose, and beats at once if the page comes back", async () => {
    await started({ leaveOnClose: true });
    page.hide();
    page.says("pagehide");
    expect(server.of("mark-offline")).toHaveLength(1);
    await pass(5_000);
    page.show();
    await pass(1);
    expect(server.of("heartbeat")).toHaveLength(2);
  });
});

test("where there is no page, nothing happens", () => {
  vi.unstubAllGlobals();
  const made = client();
  made.start();
  expect(server.asked).toEqual([]);
});
