import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { picture, sideBySide } from "../support/browser.js";
import { row, sees, signUp } from "../support/demo.js";
import { Server } from "../support/server.js";

const SIZES = { phone: { width: 390, height: 844 }, desk: { width: 1280, height: 900 } };

let server: Server;
let browser: Browser;
let others: Page[];

async function open(options: { viewport?: { width: number; height: number }; colorScheme?: "light" | "dark" }): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage();
  await page.goto(server.url);
  return page;
}

beforeAll(async () => {
  server = await Server.start();
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
  others = [];
  for (const name of ["grace", "linus", "a-name-of-thirty-characters-xyz"]) {
    const page = await open({});
    await signUp(page, name);
    others.push(page);
  }
  await others[1]!.click("#sign-out");
});

afterAll(async () => {
  await browser.close();
  await server.stop();
});

test("two windows side by side see each other come and go", async () => {
  const viewport = { width: 640, height: 900 };
  const [ada, bob] = [await open({ viewport }), await open({ viewport })];
  await signUp(bob, "bob");
  await signUp(ada, "ada");
  await sees(ada, "bob", "online", 3_000);
  await sees(bob, "ada", "online", 12_000);
  await ada.check("[name=availability][value=busy]", { force: true });
  await ada.fill("[name=text]", "In a meeting");
  await ada.press("[name=text]", "Tab");
  await expect.poll(() => row(bob, "ada").innerText(), { timeout: 3_000 }).toContain("In a meeting");
  expect(await row(bob, "ada").innerText()).toContain("busy");
  await sideBySide([ada, bob], "two-windows-online");
  await ada.check("[name=invisible]");
  await sees(bob, "ada", "offline", 3_000);
  await ada.uncheck("[name=invisible]");
  await sees(bob, "ada", "online", 3_000);
  await bob.click("#sign-out");
  await sees(ada, "bob", "offline", 3_000);
  expect(await row(ada, "bob").innerText()).toContain("just now");
  await sideBySide([ada, bob], "two-windows-offline");
});

for (const [device, viewport] of Object.entries(SIZES)) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`the demo page fits a ${device}, ${colorScheme}`, async () => {
      const complaints: string[] = [];
      const page = await open({ viewport, colorScheme });
      page.on("console", (message) => message.type() == "error" && complaints.push(message.text()));
      page.on("pageerror", (error) => complaints.push(error.message));
      await picture(page, `outside-${device}-${colorScheme}`);
      const wide = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(await wide()).toBeLessThanOrEqual(0);
      await signUp(page, `ada-${device}-${colorScheme}`);
      await sees(page, "grace", "online", 5_000);
      await page.waitForSelector("#log tr:nth-child(4)");
      expect(await wide()).toBeLessThanOrEqual(0);
      await picture(page, `inside-${device}-${colorScheme}`);
      expect(complaints.filter((text) => !text.includes("404"))).toEqual([]);
      await page.click("#sign-out");
      await page.close();
    });
  }
}

test("a dot can be told without its colour, and does not move for those who want no motion", async () => {
  const page = await open({});
  await page.emulateMedia({ reducedMotion: "reduce" });
  await signUp(page, "calm");
  await sees(page, "grace", "online", 5_000);
  const dot = page.locator('#contacts li[data-status="online"] .dot').first();
  expect(await dot.evaluate((element) => getComputedStyle(element).animationName)).toBe("none");
  await sees(page, "linus", "offline", 5_000);
  const isFull = (name: string) =>
    row(page, name).locator(".dot").evaluate((element) => {
      const { backgroundColor, borderTopColor } = getComputedStyle(element);
      return backgroundColor == borderTopColor;
    });
  expect([await isFull("grace"), await isFull("linus")]).toEqual([true, false]);
  expect(await row(page, "grace").innerText()).toContain("online");
});
