import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Browser } from "../support/browser.js";
import { sees, signUp, statusOf } from "../support/demo.js";
import { CLOCKS, Server } from "../support/server.js";
import { pass } from "../support/time.js";

const [BEAT, POLL, DETAILS] = ["/api/chat/heartbeat", "/api/chat/online-users", "/api/user-status/batch"];
const PRESENCE = [BEAT, POLL, DETAILS];
const TABS = 10;

let server: Server;
let ada: Browser;
let bob: Browser;
let tabs: Page[];

const cost = () => ada.asked.filter(({ path }) => PRESENCE.includes(path)).length;

/** What `ms` cost, of however many tabs. */
async function costOf(ms: number): Promise<number> {
  const [before, start] = [cost(), performance.now()];
  await pass(ms);
  // A busy machine waits for longer than it was asked to.
  return ((cost() - before) * ms) / (performance.now() - start);
}

const visible = async (): Promise<Page[]> => {
  const states = await Promise.all(tabs.map((tab) => tab.evaluate(() => document.visibilityState)));
  return tabs.filter((_, index) => states[index] == "visible");
};

beforeAll(async () => {
  [server, ada, bob] = await Promise.all([Server.start(), Browser.start(), Browser.start()]);
  await signUp(await bob.open(server.url), "bob");
  const first = await ada.open(server.url);
  await signUp(first, "ada");
  const kept = await first.evaluate(() => ({ ...sessionStorage }));
  await ada.context.addInitScript((kept) => Object.assign(sessionStorage, kept), kept);
  tabs = [first];
});

afterAll(() => Promise.all([ada.end(), bob.end(), server.stop()]));

test("ten tabs cost what one costs", async () => {
  await sees(tabs[0]!, "bob", "online", 5_000);
  const ofOne = await costOf(6_000);
  expect(ofOne).toBeGreaterThan(4);
  const [before, start] = [cost(), performance.now()];
  while (tabs.length < TABS) tabs.push(await ada.open(server.url));
  await Promise.all(tabs.map((tab) => sees(tab, "bob", "online", 5_000)));
  // None of them beats or asks for anything that another knows.
  const meanwhile = (ofOne * (performance.now() - start)) / 6_000;
  expect(cost() - before - meanwhile).toBeLessThan(TABS * 2);
  await pass(1_000);
  const ofTen = await costOf(6_000);
  expect(ofTen).toBeLessThanOrEqual(ofOne + 2);
  expect(ofTen).toBeGreaterThan(4);
});

test("one of the visible leads, and all know what it knows", async () => {
  const [seen] = await visible();
  expect(await visible()).toHaveLength(1);
  const his = bob.context.pages().at(-1)!;
  await his.click("#sign-out");
  await Promise.all(tabs.map((tab) => sees(tab, "bob", "offline", CLOCKS.poll + 2_000)));
  await signUp((await his.click("text=Sign in"), his), "bob");
  await Promise.all(tabs.map((tab) => sees(tab, "bob", "online", CLOCKS.poll + 2_000)));
  expect(await visible()).toEqual([seen]);
});

test("when the leader is hidden, the tab in front goes on where it stood", async () => {
  for (const tab of [tabs[3]!, tabs[7]!]) {
    const full = ada.count(DETAILS);
    await tab.bringToFront();
    await expect.poll(visible).toEqual([tab]);
    const spent = await costOf(5_000);
    expect(spent).toBeGreaterThan(3);
    expect(spent).toBeLessThan(10);
    expect(ada.count(DETAILS)).toBe(full);
  }
});

test("when the leader is closed, another goes on, and nobody notices", async () => {
  const leader = tabs.splice(7, 1)[0]!;
  await leader.close();
  await expect.poll(async () => (await visible()).length).toBe(1);
  expect(await costOf(5_000)).toBeGreaterThan(3);
  await pass(CLOCKS.window);
  expect(await statusOf(bob.context.pages().at(-1)!, "ada")).toBe("online");
});

test("when all are hidden, nobody asks; the one that shows does, at once", async () => {
  const front = await ada.open("about:blank");
  expect(await visible()).toEqual([]);
  await pass(300);
  expect(await costOf(4_000)).toBe(0);
  await front.close();
  await tabs[0]!.bringToFront();
  await expect.poll(cost, { timeout: 1_500 }).toBeGreaterThan(0);
  expect(await costOf(4_000)).toBeGreaterThan(2);
});

test("signing out in one of them stops all", async () => {
  await tabs[0]!.click("#sign-out");
  await sees(bob.context.pages().at(-1)!, "ada", "offline", CLOCKS.poll + 2_000);
  for (const tab of tabs.slice(1, 4)) {
    await tab.bringToFront();
    expect(await costOf(CLOCKS.heartbeat + 500)).toBe(0);
  }
  expect(await statusOf(bob.context.pages().at(-1)!, "ada")).not.toBe("online");
});
