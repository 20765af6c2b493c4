import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Browser } from "../support/browser.js";
import { ReactPage } from "../support/react-page.js";

let browser: Browser;
let page: Page;

beforeAll(async () => {
  browser = await Browser.start();
  // Bare timestamps need no server.
  page = await (await ReactPage.in(browser.context, "badges")).load("http://badges.test");
  await page.waitForSelector(".heard .lastseen");
});

afterAll(() => browser.end());

test("a dot stays on the line of the name, in boxes that are as wide as what they hold", async () => {
  const lines = await page.locator(".box").evaluateAll((boxes) =>
    boxes.map((box) => {
      const [name, dot] = [box.querySelector("b")!, box.querySelector(".lastseen")!].map((one) => one.getBoundingClientRect());
      return dot!.top < name!.bottom - 1;
    }),
  );
  expect(lines).toEqual([true, true, true, true]);
});

test("beside a Hebrew name on an English page the text is in one piece, behind the name", async () => {
  const [name, badge] = await page
    .locator("#hebrew > *")
    .evaluateAll((both) => both.map((one) => one.getBoundingClientRect()).map(({ left, right }) => ({ left, right })));
  expect(badge!.left).toBeGreaterThanOrEqual(name!.right);
});

test("a screen reader hears two words", async () => {
  const session = await browser.context.newCDPSession(page);
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  const heard = nodes.filter(({ role }) => role?.value == "button").map(({ name }) => name?.value);
  expect(heard.slice(-3)).toEqual(["Ann online", "Ann online", "online Ann"]);
});
