import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Browser } from "../support/browser.js";
import { CLOCKS, Server } from "../support/server.js";
import { pass } from "../support/time.js";

let server: Server;
let ada: Browser;

beforeAll(async () => {
  [server, ada] = await Promise.all([Server.start(), Browser.start()]);
});

afterAll(() => Promise.all([ada.end(), server.stop()]));

/** A tab whose client marks its session offline when the last tab closes. */
async function open(token: string): Promise<Page> {
  const page = await ada.context.newPage();
  const options = JSON.stringify({ token, leaveOnClose: true });
  const script = `import { Lastseen } from "/lastseen.js"; new Lastseen(${options}).start();`;
  const body = `<!doctype html><link rel="icon" href="data:,"><script type="module">${script}</script>`;
  await page.route("**/page", (route) => route.fulfill({ contentType: "text/html", body }));
  await page.goto(`${server.url}/page`);
  return page;
}

test("who closes the last tab is offline at once with leaveOnClose, and no tab before", async () => {
  const [token, viewer] = [await server.join("ada"), await server.join("viewer")];
  const ids = () => server.online(viewer);
  const [first, second] = [await open(token), await open(token)];
  await expect.poll(ids, { timeout: 5_000 }).toEqual([1]);

  await first.close({ runBeforeUnload: true });
  await pass(CLOCKS.poll);
  expect(await ids()).toEqual([1]);

  await second.close({ runBeforeUnload: true });
  await expect.poll(ids, { timeout: CLOCKS.window - CLOCKS.heartbeat - 2_000, interval: 100 }).toEqual([]);
});
