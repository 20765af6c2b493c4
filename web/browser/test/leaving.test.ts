import type { Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Browser } from "../support/browser.js";
import { CLOCKS, Server } from "../support/server.js";
import { pass } from "../support/time.js";

let server: Server;
let ada: Browser;
let token: string;
let viewer: string;

beforeAll(async () => {
  [server, ada] = await Promise.all([Server.start(), Browser.start()]);
  viewer = await server.join("viewer");
});

afterAll(() => Promise.all([ada.end(), server.stop()]));

let users = 0;

beforeEach(async () => {
  token = await server.join(`ada${users++}`);
});

/** A tab whose client marks its session offline when the last tab closes. */
async function open(): Promise<Page> {
  const page = await ada.context.newPage();
  const options = JSON.stringify({ token, leaveOnClose: true });
  const script = `import { Lastseen } from "/lastseen.js"; new Lastseen(${options}).start();`;
  const body = `<!doctype html><link rel="icon" href="data:,"><script type="module">${script}</script>`;
  await page.route("**/page", (route) => route.fulfill({ contentType: "text/html", body }));
  await page.goto(`${server.url}/page`);
  return page;
}

/** Two tabs of a user who is online by now; the second is visible. */
async function two(): Promise<[first: Page, second: Page]> {
  const tabs: [Page, Page] = [await open(), await open()];
  await expect.poll(() => server.online(viewer), { timeout: 5_000 }).toHaveLength(1);
  await pass(CLOCKS.poll);
  return tabs;
}

const close = (tab: Page) => tab.close({ runBeforeUnload: true });

async function staysOnline(): Promise<void> {
  await pass(CLOCKS.poll);
  expect(await server.online(viewer)).toHaveLength(1);
}

/** Before the window has passed. */
const isOfflineAtOnce = () =>
  expect
    .poll(() => server.online(viewer), { timeout: CLOCKS.window - CLOCKS.heartbeat - 2_000, interval: 100 })
    .toEqual([]);

test("who closes the last tab is offline at once with leaveOnClose, and no tab before", async () => {
  const [first, second] = await two();
  await close(first);
  await staysOnline();
  await close(second);
  await isOfflineAtOnce();
});

test("also if the visible tab is the first that is closed", async () => {
  const [first, second] = await two();
  await close(second);
  await staysOnline();
  await close(first);
  await isOfflineAtOnce();
});

test("a tab that went elsewhere is none any more", async () => {
  const [first, second] = await two();
  await second.goto("about:blank");
  await first.bringToFront();
  await staysOnline();
  await close(first);
  await isOfflineAtOnce();
  await close(second);
});

test("nor is one that crashed", async () => {
  const [first, second] = await two();
  second.goto("chrome://crash").catch(() => {});
  await first.bringToFront();
  await staysOnline();
  await close(first);
  await isOfflineAtOnce();
  await second.close();
});

test("tabs that are closed at once are the last", async () => {
  await Promise.all((await two()).map(close));
  await isOfflineAtOnce();
});
