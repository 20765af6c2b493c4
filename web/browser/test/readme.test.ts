import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Browser } from "../support/browser.js";
import { CLOCKS, Server } from "../support/server.js";

/** The quick starts, as they stand in the README. */
const README = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const snippet = (language: string): string => new RegExp(`\`\`\`${language}\n([^]*?)\n\`\`\``).exec(README)![1]!;

let server: Server;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([Server.start(), Browser.start()]);
});

afterAll(() => Promise.all([browser.end(), server.stop()]));

/** A page with `body`, as if the server had it. */
async function open(body: string): Promise<Page> {
  const page = await browser.context.newPage();
  await page.route("**/page", (route) => route.fulfill({ contentType: "text/html", body: `<!doctype html>${body}` }));
  await page.goto(`${server.url}/page`);
  return page;
}

test("the quick start for plain HTML shows who is online, and logs out", async () => {
  const token = await server.join("reader");
  const other = await server.join("other");
  await browser.context.addInitScript((token) => localStorage.setItem("token", token), token);
  const html = snippet("html").replace('data-user="5"', 'data-user="1"').replace('data-user="12"', 'data-user="2"');
  const page = await open(html);
  const texts = () => page.locator("span").allInnerTexts();
  await expect.poll(texts, { timeout: 5_000 }).toEqual(["online", "offline"]);
  await fetch(`${server.url}/api/chat/heartbeat`, { method: "POST", headers: { Authorization: `Bearer ${other}` } });
  await expect.poll(texts, { timeout: CLOCKS.poll + 2_000 }).toEqual(["online", "online"]);
  await page.click("#log-out");
  await expect.poll(() => server.online(other), { timeout: 2_000 }).toEqual([2]);
});

test("the quick start with fetch beats, polls, and logs out", async () => {
  const token = await server.join("fetcher");
  const script = `globalThis.shown = []; const token = ${JSON.stringify(token)}; const show = (ids) => shown.push(ids);`;
  const page = await open(`<script type="module">${script}${snippet("js")}; globalThis.logOut = logOut;</script>`);
  await page.waitForFunction("shown.length > 2");
  expect(await page.evaluate("shown.at(-1)")).toContain(3);
  await page.evaluate("logOut()");
  expect(await server.online(token)).not.toContain(3);
});
