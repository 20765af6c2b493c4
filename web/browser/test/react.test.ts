import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Browser } from "../support/browser.js";
import { ReactPage } from "../support/react-page.js";
import { CLOCKS, Server } from "../support/server.js";
import { pass } from "../support/time.js";

let server: Server;
let ada: Browser;
let contacts: ReactPage;

beforeAll(async () => {
  [server, ada] = await Promise.all([Server.start(), Browser.start()]);
  contacts = await ReactPage.in(ada.context, "contacts");
});

afterAll(() => Promise.all([ada.end(), server.stop()]));

afterEach(async () => {
  for (const page of ada.context.pages().slice(1)) await page.close();
});

async function open(query: Record<string, string>, mode?: string): Promise<Page> {
  const page = await contacts.load(server.url, query, mode);
  await page.evaluate(() => globalThis.show());
  return page;
}

const rendered = (page: Page): Promise<string[]> => page.evaluate(() => globalThis.rendered.splice(0));

test("of ten thousand contacts, one changes, and one row is rendered", async () => {
  const [me, token] = [1, await server.join("me")];
  const other = await server.join("other");
  const page = await open({ rows: "10000", token });
  await page.waitForSelector(`li:nth-child(${me}) [data-status=online]`);
  // Whatever the first answers changed has been shown.
  await pass(2 * CLOCKS.poll);
  await rendered(page);

  await pass(2 * CLOCKS.heartbeat);
  expect(await rendered(page)).toEqual([]);

  await fetch(`${server.url}/api/chat/heartbeat`, { method: "POST", headers: { Authorization: `Bearer ${other}` } });
  await page.waitForSelector("li:nth-child(2) [data-status=online]");
  await pass(CLOCKS.poll);
  expect(new Set(await rendered(page))).toEqual(new Set(["User 2"]));
});

test("an idle tab asks at most once in each poll interval, and little", async () => {
  const page = await open({ rows: "100", token: await server.join("idle") });
  await page.waitForSelector("[data-status=online]");
  // Those who were here before are gone then.
  await pass(CLOCKS.window + 1_000);
  await rendered(page);
  const sizes: number[] = [];
  page.on("response", async (answer) => sizes.push((await answer.body()).length));
  const start = performance.now();
  await pass(10 * CLOCKS.poll);
  // A busy machine waits for longer than it was asked to.
  const intervals = (performance.now() - start) / CLOCKS.poll;
  // Jitter shortens the interval by a tenth at most.
  expect(sizes.length).toBeLessThanOrEqual(intervals / 0.9 + 1);
  expect(sizes.length).toBeGreaterThan(7);
  expect(Math.max(...sizes)).toBeLessThan(400);
  expect(await rendered(page)).not.toContain("User 50");
});

test("strict mode beats once, and asks each thing once", async () => {
  const before = ada.asked.length;
  await open({ rows: "3", token: await server.join("strict"), strict: "" }, "development");
  await pass(800);
  const asked = ada.asked.slice(before).map(({ path }) => path);
  expect(asked).toEqual(["/api/chat/heartbeat", "/api/chat/online-users", "/api/user-status/batch", "/api/chat/config"]);
});
