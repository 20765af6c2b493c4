import { describe, expect, test, vi } from "vitest";
import { refusal, tokenOf } from "./fake-server.js";
import { pass } from "./page.js";
import { client, server, started, warnings } from "./world.js";

const tokens = () => [...new Set(server.asked.map(({ token }) => token))];
const bearer = (user: number) => `Bearer ${tokenOf(user)}`;

describe("a token that comes late", () => {
  test("is not kept by who signed out meanwhile", async () => {
    let user = 1;
    const made = client({ token: undefined, getToken: async () => tokenOf(user) });
    made.start();
    await made.signOut();
    user = 2;
    made.start();
    await pass(1);
    expect(server.of("heartbeat").map(({ token }) => token)).toEqual([bearer(2)]);
  });

  test("is not kept by who stopped meanwhile", async () => {
    const answers: ((token: string) => void)[] = [];
    const made = client({ token: undefined, getToken: () => new Promise((resolve) => answers.push(resolve)) });
    made.start();
    made.stop();
    answers[0]!(tokenOf(1));
    await pass(1);
    made.start();
    answers[1]!(tokenOf(2));
    await pass(130_000);
    expect(tokens()).toEqual([bearer(2)]);
  });

  test("does not overtake a newer one", async () => {
    const answers: ((token: string) => void)[] = [];
    const made = client({ token: undefined, getToken: () => new Promise((resolve) => answers.push(resolve)) });
    made.start();
    made.stop();
    made.start();
    answers[1]!(tokenOf(2));
    await pass(1);
    answers[0]!(tokenOf(1));
    await pass(130_000);
    expect(tokens()).toEqual([bearer(2)]);
  });

  test("is not waited for for ever", async () => {
    let getToken = (): string | Promise<string> => tokenOf(1);
    await started({ token: undefined, getToken: () => getToken() });
    server.instead = () => refusal(401);
    getToken = () => new Promise(() => {});
    await pass(20_000);
    server.instead = () => undefined;
    getToken = () => tokenOf(1);
    const asked = server.asked.length;
    await pass(60_000);
    expect(server.asked.length).toBeGreaterThan(asked);
  });
});

test("a token of another user begins anew, with a session and a roster of that user's", async () => {
  let user = 1;
  const made = await started({ token: undefined, getToken: () => tokenOf(user) });
  server.comes(5);
  server.instead = ({ token }) => (token == bearer(user) ? undefined : refusal(401));
  user = 2;
  const seen: (readonly unknown[])[] = [];
  made.subscribe(() => seen.push(made.online));
  await pass(20_000);
  expect(seen[0]).toEqual([]);
  expect(made.online).toEqual([1, 5]);
  await made.signOut();
  const sessions = (user: number) => {
    const his = server.asked.filter(({ token, body }) => token == bearer(user) && body?.["session_id"]);
    return [...new Set(his.map(({ body }) => body!["session_id"]))];
  };
  expect(server.asked.at(-1)).toMatchObject({ route: "mark-offline", token: bearer(2) });
  expect(sessions(2)).toHaveLength(1);
  expect(sessions(2)).not.toEqual(sessions(1));
});

test("every user who takes another's place begins anew", async () => {
  let user = 1;
  await started({ token: undefined, getToken: () => tokenOf(user) });
  server.instead = ({ token }) => (token == bearer(user) ? undefined : refusal(401));
  for (user of [2, 3]) {
    await pass(20_000);
    expect(server.asked.at(-1)!.token).toBe(bearer(user));
  }
});

test("tokens that are refused, each of another user, are no storm", async () => {
  const warn = warnings();
  let user = 1;
  server.instead = () => refusal(401);
  await started({ token: undefined, getToken: () => tokenOf(user++) });
  await pass(600_000);
  expect(server.asked.length).toBeLessThan(5);
  expect(warn).toHaveBeenCalledTimes(1);
});

describe("a token and a way to get one", () => {
  test("the newer one is used from then on", async () => {
    const getToken = vi.fn(async () => tokenOf(1) + "new");
    server.instead = ({ token }) => (token!.endsWith("new") ? undefined : refusal(401));
    await started({ token: tokenOf(1), getToken });
    await pass(100_000);
    expect(getToken).toHaveBeenCalledTimes(1);
    expect(server.asked.filter(({ token }) => !token!.endsWith("new"))).toHaveLength(1);
  });

  test("a 401 for the newer one ends it", async () => {
    const warn = warnings();
    server.instead = () => refusal(401);
    await started({ token: tokenOf(1), getToken: () => tokenOf(1) + "new" });
    await pass(600_000);
    expect(server.asked).toHaveLength(2);
    expect(warn).toHaveBeenCalledTimes(1);
  });
});

test("nothing is left to be done after a stop while no token can be had", async () => {
  const getToken = vi.fn(async () => Promise.reject(new Error("no network")));
  const made = client({ token: undefined, getToken });
  made.start();
  await pass(300_000);
  made.stop();
  expect(vi.getTimerCount()).toBe(0);
});
