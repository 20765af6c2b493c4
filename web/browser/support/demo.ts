import type { Page } from "playwright-core";
import { expect } from "vitest";

/** Signs up on the demo page. */
export async function signUp(page: Page, name: string): Promise<void> {
  await page.fill("[name=username]", name);
  await page.fill("[name=password]", "correct horse");
  await page.click("#sign-in button");
  await page.waitForSelector("#inside:not([hidden])");
}

/** The row of a contact. */
export const row = (page: Page, name: string) => page.locator("#contacts li", { has: page.locator(`.name:text-is("${name}")`) });

export const statusOf = (page: Page, name: string): Promise<string | null> => row(page, name).getAttribute("data-status");

/** Waits until a contact is shown so. Who is recent is offline. */
export async function sees(page: Page, name: string, status: "online" | "offline", within: number): Promise<void> {
  const shown = status == "online" ? ["online"] : ["recent", "offline"];
  const isSo = async () => shown.includes((await statusOf(page, name)) ?? "");
  await expect.poll(isSo, { timeout: within, interval: 50, message: `${name} is ${status}` }).toBe(true);
}

/** Has the page remember every status that it shows of a contact from now on. */
export async function watchClosely(page: Page, name: string): Promise<() => Promise<string[]>> {
  const list = await row(page, name).elementHandle();
  if (!list) throw new Error(`there is no ${name}`);
  const seen = await list.evaluateHandle((element) => {
    const seen = [element.dataset["status"] ?? ""];
    const look = () => seen.push(element.dataset["status"] ?? "");
    new MutationObserver(look).observe(element, { attributeFilter: ["data-status"] });
    return seen;
  });
  return () => seen.jsonValue();
}
