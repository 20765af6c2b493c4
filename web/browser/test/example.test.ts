import { createServer, type ViteDevServer } from "vite";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sideBySide } from "../support/browser.js";
import { CLOCKS, Server } from "../support/server.js";

let server: Server;
let vite: ViteDevServer;
let browser: Browser;

beforeAll(async () => {
  server = await Server.start();
  process.env["LASTSEEN_URL"] = server.url;
  vite = await createServer({
    root: new URL("../../examples/react", import.meta.url).pathname,
    server: { port: 0, host: "127.0.0.1" },
    logLevel: "error",
  });
  await vite.listen();
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
});

afterAll(async () => {
  await browser.close();
  await vite.close();
  await server.stop();
});

async function open(complaints: string[]): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 560, height: 480 } })).newPage();
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => message.type() == "error" && !message.text().includes("409") && complaints.push(message.text()));
  await page.goto(vite.resolvedUrls!.local[0]!);
  return page;
}

async function logIn(page: Page, name: string): Promise<void> {
  await page.fill("[name=username]", name);
  await page.fill("[name=password]", "correct horse");
  await page.click("text=Log in >> nth=-1");
  await page.waitForSelector("text=Log out");
}

const within = { timeout: CLOCKS.poll + 8_000 };
const status = (page: Page, name: string, is: string) =>
  page.waitForSelector(`.contacts li:has-text("${name}") [data-status]${is}`, within);

test("log in, a dashboard, log out: two people see each other come and go", async () => {
  const complaints: string[] = [];
  const [ada, bob] = [await open(complaints), await open(complaints)];
  await logIn(ada, "ada");
  await logIn(bob, "bob");
  await status(ada, "bob", "[data-status=online]");
  await status(bob, "ada", "[data-status=online]");
  expect(await bob.locator("section .lastseen-list li").allInnerTexts()).toHaveLength(2);
  await sideBySide([ada, bob], "example-online");
  await bob.click("text=Log out");
  await status(ada, "bob", ":not([data-status=online])");
  await sideBySide([ada, bob], "example-offline");
  await logIn(bob, "bob");
  await status(ada, "bob", "[data-status=online]");
  expect(complaints).toEqual([]);
});
