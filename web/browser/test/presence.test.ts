import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Browser, picture } from "../support/browser.js";
import { sees, signUp, statusOf, watchClosely } from "../support/demo.js";
import { CLOCKS, Server } from "../support/server.js";
import { pass } from "../support/time.js";

/** A poll, and what a busy machine takes for it. */
const ONE_POLL = CLOCKS.poll + 2_000;

let server: Server;
let ada: Browser;
let bob: Browser;

beforeAll(async () => {
  [server, ada, bob] = await Promise.all([Server.start(), Browser.start(), Browser.start()]);
});

afterAll(() => Promise.all([ada.end(), bob.end(), server.stop()]));

afterEach(async () => {
  for (const { context } of [ada, bob]) for (const page of context.pages().slice(1)) await page.close();
});

/** Two people on the demo page, who see each other. */
async function two(who: string, other: string) {
  const [hers, his] = await Promise.all([ada.open(server.url), bob.open(server.url)]);
  await signUp(his, other);
  await signUp(hers, who);
  // Looks for new contacts, or he would see her account only at the next look.
  await his.dispatchEvent("#search", "input");
  await sees(his, who, "online", ONE_POLL);
  return { hers, his, seen: await watchClosely(his, who) };
}

test("who logs in is online in another browser within one poll", async () => {
  const { hers, his } = await two("ada1", "bob1");
  await hers.click("#sign-out");
  await sees(his, "ada1", "offline", ONE_POLL);
  await hers.click("text=Sign in");
  await signUp(hers, "ada1");
  await sees(his, "ada1", "online", ONE_POLL);
  await picture(his, "somebody-came");
});

test("who logs out is offline", async () => {
  const { hers, his } = await two("ada2", "bob2");
  await hers.click("#sign-out");
  await sees(his, "ada2", "offline", ONE_POLL);
});

test("who closes the window right after logging out is offline, even if the goodbye had to queue", async () => {
  const { hers, his } = await two("ada3", "bob3");
  server.freeze();
  await hers.evaluate(() => {
    // As many as a browser sends to one server at a time.
    for (let request = 0; request < 6; request++) void fetch(`/livez?${request}`).catch(() => {});
    document.querySelector<HTMLElement>("#sign-out")!.click();
  });
  await hers.close();
  server.thaw();
  await sees(his, "ada3", "offline", ONE_POLL);
});

test("who closes the window without logging out is offline when the window of time has passed", async () => {
  const { hers, his, seen } = await two("ada4", "bob4");
  await hers.close();
  await pass(CLOCKS.window - CLOCKS.heartbeat - 1_500);
  expect(await seen()).toEqual(["online"]);
  await sees(his, "ada4", "offline", CLOCKS.heartbeat + ONE_POLL + 1_500);
});

test("who is idle stays online", async () => {
  const { seen } = await two("ada5", "bob5");
  await pass(2 * CLOCKS.window);
  expect(await seen()).toEqual(["online"]);
});

test("who hides the tab for a while and comes back was never offline", async () => {
  const { hers, seen } = await two("ada6", "bob6");
  const other = await ada.open("about:blank");
  expect(await hers.evaluate(() => document.visibilityState)).toBe("hidden");
  const asked = ada.asked.length;
  await pass(CLOCKS.heartbeat + 1_000);
  expect(ada.asked.length - asked).toBeLessThan(2);
  const before = ada.count("/api/chat/heartbeat");
  await other.close();
  await hers.bringToFront();
  await expect.poll(() => ada.count("/api/chat/heartbeat"), { timeout: 1_500 }).toBe(before + 1);
  await pass(CLOCKS.window);
  expect(await seen()).toEqual(["online"]);
});

test("who loses the network comes back with it, and sees at once who came meanwhile", async () => {
  const { hers, his } = await two("ada7", "bob7");
  await ada.context.setOffline(true);
  await sees(his, "ada7", "offline", CLOCKS.window + ONE_POLL);
  await his.click("#sign-out");
  // For longer than answers are good, so that nobody stays green.
  await expect.poll(() => statusOf(hers, "bob7"), { timeout: ONE_POLL }).toBe("unknown");
  await ada.context.setOffline(false);
  await sees(hers, "bob7", "offline", ONE_POLL);
});

test("who sleeps with the laptop is back soon after it", async () => {
  const { his } = await two("ada8", "bob8");
  ada.sleep();
  await sees(his, "ada8", "offline", CLOCKS.window + ONE_POLL);
  ada.wake();
  await sees(his, "ada8", "online", CLOCKS.heartbeat + ONE_POLL);
});

test("a server that crashes and comes back lets nobody flap", async () => {
  const { his, hers, seen } = await two("ada9", "bob9");
  const seenByHer = await watchClosely(hers, "bob9");
  await server.restart(2_000);
  await pass(2 * CLOCKS.window);
  expect(await seen()).toEqual(["online"]);
  expect(await seenByHer()).toEqual(["online"]);
  await hers.click("#sign-out");
  await sees(his, "ada9", "offline", ONE_POLL);
});
