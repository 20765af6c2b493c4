import { chromium, type Browser, type Page, type Route } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { picture } from "../support/browser.js";
import { row, sees, signUp } from "../support/demo.js";
import { Server } from "../support/server.js";
import { fromSources } from "../support/sources.js";
import { pass } from "../support/time.js";

const USERS = "**/api/users?**";
const OWN = "**/api/user-status/me";

let server: Server;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  server = await Server.start();
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
  for (const name of ["grace", "linus", "zoe", "zorro"]) await server.join(name);
});

afterAll(async () => {
  await browser.close();
  await server.stop();
});

afterEach(() => page.context().close());

/** The page, with somebody signed in. */
async function open(name: string): Promise<void> {
  const context = await browser.newContext();
  await fromSources(context);
  page = await context.newPage();
  await page.goto(server.url);
  await signUp(page, name);
  await sees(page, "grace", "offline", 5_000);
}

const names = (): Promise<string[]> => page.locator("#contacts .name").allInnerTexts();
const search = (text: string): Promise<void> => page.fill("#search", text);
const shows = (rows: readonly string[]) => expect.poll(names, { timeout: 3_000 }).toEqual(rows);

/** Holds the requests back that are like this and come before `end`, until they are let go. */
async function hold(url: string, isHeld = (_: URL) => true) {
  const held: Route[] = [];
  let isOver = false;
  await page.route(url, (route) => {
    if (isOver || !isHeld(new URL(route.request().url()))) return route.fallback();
    held.push(route);
  });
  return {
    end: () => void (isOver = true),
    letGo: async () => {
      expect(held).not.toEqual([]);
      await Promise.all(held.map((route) => route.fallback()));
      await pass(500);
    },
  };
}

const searched = (url: URL) => url.searchParams.get("q");

describe("a search", () => {
  test("shows the answer to the newest question, whichever comes last", async () => {
    await open("seeker1");
    const first = await hold(USERS, (url) => searched(url) == "g");
    await search("g");
    await search("zo");
    await shows(["zoe", "zorro"]);
    await first.letGo();
    expect(await names()).toEqual(["zoe", "zorro"]);
  });

  test("leaves the order as it was once it is cleared", async () => {
    await open("seeker2");
    const before = await names();
    await search("zo");
    await shows(["zoe", "zorro"]);
    await search("");
    await shows(before);
  });

  test("says that nobody matches", async () => {
    await open("seeker3");
    await search("nosuch");
    await shows([]);
    expect(await page.innerText("#no-match")).toBe("Nobody matches “nosuch”.");
    await picture(page, "nobody-matches");
    await search("gra");
    await shows(["grace"]);
    expect(await page.isVisible("#no-match")).toBe(false);
  });
});

test("what was asked for one user does not come on the page of the next", async () => {
  await open("first");
  const asked = [await hold(USERS), await hold(OWN)];
  await search("o");
  await page.check("[name=availability][value=dnd]", { force: true });
  await page.click("#sign-out");
  for (const one of asked) one.end();
  await signUp(page, "second");
  await sees(page, "first", "offline", 3_000);
  const before = await names();
  for (const one of asked) await one.letGo();
  expect(await names()).toEqual(before);
  expect(new Set(before).size).toBe(before.length);
  expect(before).not.toContain("second");
  expect(await page.isChecked("[name=availability][value=available]")).toBe(true);
});

describe("a token that the server does not take any more", () => {
  test("leads back to the sign-in, with a word why", async () => {
    await open("outdated1");
    await page.evaluate(() => {
      const kept = Object.entries(sessionStorage).map(([key, value]) => [key, JSON.parse(value)] as const);
      for (const [key, who] of kept) sessionStorage.setItem(key, JSON.stringify({ ...who, token: who.token + "x" }));
    });
    await page.reload();
    await page.waitForSelector("#outside:not([hidden])", { timeout: 3_000 });
    expect(await page.innerText("#sign-in .problem")).toContain("sign in again");
    await picture(page, "signed-out-by-the-server");
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await pass(11_000);
    expect(asked).toEqual([]);
    await page.reload();
    expect(await page.innerText("#sign-in .problem")).toBe("");
    await signUp(page, "outdated2");
    await sees(page, "grace", "offline", 3_000);
  });

  test("is noticed while the page is open", async () => {
    await open("outdated3");
    // Not polls: one of them would find out before there is anything to check.
    const refused = "**/api/user-status/me";
    await page.route(refused, (route) => route.fulfill({ status: 401, json: { title: "Unauthorized" } }));
    await page.check("[name=availability][value=busy]", { force: true });
    await page.waitForSelector("#outside:not([hidden])", { timeout: 3_000 });
    await page.unroute(refused);
    await signUp(page, "outdated3");
    await row(page, "grace").waitFor();
    expect(await page.innerText("#sign-in .problem")).toBe("");
  });
});
