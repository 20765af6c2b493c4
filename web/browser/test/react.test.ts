import { build } from "esbuild";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Browser } from "../support/browser.js";
import { CLOCKS, Server } from "../support/server.js";
import { pass } from "../support/time.js";

let server: Server;
let ada: Browser;
const scripts = new Map<string, string>();

beforeAll(async () => {
  [server, ada] = await Promise.all([Server.start(), Browser.start()]);
  for (const mode of ["production", "development"]) {
    const { outputFiles } = await build({
      entryPoints: [new URL("../pages/contacts.tsx", import.meta.url).pathname],
      ...{ bundle: true, write: false, minify: mode == "production", format: "esm", jsx: "automatic" },
      define: { "process.env.NODE_ENV": JSON.stringify(mode) },
    });
    scripts.set(mode, outputFiles[0]!.text);
  }
});

afterAll(() => Promise.all([ada.end(), server.stop()]));

afterEach(async () => {
  for (const page of ada.context.pages().slice(1)) await page.close();
});

/** The page of contacts, as if the server had it; nothing is rendered yet. */
async function load(query: Record<string, string>, mode = "production"): Promise<Page> {
  const page = await ada.context.newPage();
  const body = '<!doctype html><link rel="icon" href="data:,"><div id="root"></div><script type="module" src="/contacts.js"></script>';
  await page.route("**/contacts?*", (route) => route.fulfill({ contentType: "text/html", body }));
  await page.route("**/contacts.js", (route) => route.fulfill({ contentType: "text/javascript", body: scripts.get(mode)! }));
  await page.goto(`${server.url}/contacts?${new URLSearchParams(query)}`);
  return page;
}

async function open(query: Record<string, string>, mode?: string): Promise<Page> {
  const page = await load(query, mode);
  await page.evaluate(() => globalThis.show());
  return page;
}

/** How much script the first render takes, in milliseconds of processor time: the machine may be busy otherwise. */
async function firstRender(query: Record<string, string>): Promise<number> {
  const page = await load(query);
  const session = await ada.context.newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const script = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find(({ name }) => name == "ScriptDuration")!.value * 1000;
  };
  const before = await script();
  // In a task of its own: what the debugger calls is not counted.
  await page.evaluate(() => new Promise<void>((resolve) => setTimeout(() => resolve(globalThis.show()))));
  const took = (await script()) - before;
  await page.close();
  return took;
}

const rendered = (page: Page): Promise<string[]> => page.evaluate(() => globalThis.rendered.splice(0));

test("presence adds less than 100 ms of script to the first render of ten thousand contacts", async () => {
  const token = await server.join("first");
  const best = async (query: Record<string, string>) => {
    const took = [];
    for (let turn = 0; turn < 3; turn++) took.push(await firstRender({ rows: "10000", token, ...query }));
    return Math.round(Math.min(...took));
  };
  const [plain, ours] = [await best({ plain: "" }), await best({})];
  console.log(`10,000 contacts, first render: ${ours} ms of script with statuses, ${plain} ms without`);
  expect(ours).toBeGreaterThan(plain);
  expect(ours - plain).toBeLessThan(100);
});

test("of ten thousand contacts, one changes, and one row is rendered", async () => {
  const [me, token] = [2, await server.join("me")];
  const other = await server.join("other");
  const page = await open({ rows: "10000", token });
  await page.waitForSelector(`#user-${me} [data-status=online]`);
  // Whatever the first answers changed has been shown.
  await pass(2 * CLOCKS.poll);
  await rendered(page);

  await pass(2 * CLOCKS.heartbeat);
  expect(await rendered(page)).toEqual([]);

  await fetch(`${server.url}/api/chat/heartbeat`, { method: "POST", headers: { Authorization: `Bearer ${other}` } });
  await page.waitForSelector("#user-3 [data-status=online]");
  await pass(CLOCKS.poll);
  expect(new Set(await rendered(page))).toEqual(new Set(["user-3"]));
});

test("an idle tab asks at most once in each poll interval, and little", async () => {
  const page = await open({ rows: "100", token: await server.join("idle") });
  await page.waitForSelector("[data-status=online]");
  // Those who were here before are gone then.
  await pass(CLOCKS.window + 1_000);
  const sizes: number[] = [];
  page.on("response", async (answer) => sizes.push((await answer.body()).length));
  await pass(10 * CLOCKS.poll);
  // Jitter shortens the interval by a tenth at most.
  expect(sizes.length).toBeLessThanOrEqual(10 / 0.9 + 1);
  expect(sizes.length).toBeGreaterThan(7);
  expect(Math.max(...sizes)).toBeLessThan(400);
  expect(await rendered(page)).not.toContain("user-50");
});

test("strict mode beats once, and asks each thing once", async () => {
  const before = ada.asked.length;
  await open({ rows: "3", token: await server.join("strict"), strict: "" }, "development");
  await pass(800);
  const asked = ada.asked.slice(before).map(({ path }) => path);
  expect(asked).toEqual(["/api/chat/heartbeat", "/api/chat/online-users", "/api/user-status/batch"]);
});
