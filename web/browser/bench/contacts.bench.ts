// What it costs a page to show ten thousand contacts, beside what it costs without presence: see `bench/contacts`.
import { expect, test } from "vitest";
import { Browser } from "../support/browser.js";
import { ReactPage } from "../support/react-page.js";
import { Server } from "../support/server.js";

const TURNS = 11;
const SHAPES = {
  plain: "React without presence",
  component: "`<UserStatus>` in each row",
  hook: "`useUserStatus` in each row",
};
type Shape = keyof typeof SHAPES;

/** In milliseconds. */
interface Cost {
  /** Script until the contacts are in the document. */
  readonly rendered: number;
  /** Script until all of them are followed as well. */
  readonly followed: number;
  /** Style and layout. */
  readonly laidOut: number;
}

/** In processor time, compilation and collection of garbage included: the machine may be busy otherwise. */
async function first(contacts: ReactPage, url: string, query: Record<string, string>): Promise<Cost> {
  const page = await contacts.load(url, query);
  const session = await contacts.context.newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const spent = async (...names: string[]) => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.reduce((sum, { name, value }) => sum + (names.includes(name) ? value * 1000 : 0), 0);
  };
  const before = await spent("ScriptDuration");
  // In a task of its own: what the debugger calls is not counted.
  const isMounted = await page.evaluate(() => new Promise<boolean>((resolve) => setTimeout(() => resolve(globalThis.show()))));
  const rendered = (await spent("ScriptDuration")) - before;
  await page.evaluate(() => globalThis.mounted);
  const followed = (await spent("ScriptDuration")) - before;
  const laidOut = await spent("LayoutDuration", "RecalcStyleDuration");
  await page.close();
  // Then one figure would hold the other.
  if (isMounted) return first(contacts, url, query);
  return { rendered, followed, laidOut };
}

/** So that none is always the first. */
const turned = <T>(all: readonly T[], by: number): T[] => all.map((_, at) => all[(at + by) % all.length]!);

function figures(all: readonly number[]) {
  const sorted = all.toSorted((a, b) => a - b);
  return { least: sorted[0]!, median: sorted[Math.floor(sorted.length / 2)]!, most: sorted.at(-1)! };
}

test("contacts", { timeout: 600_000 }, async () => {
  const [server, browser] = await Promise.all([Server.start(), Browser.start()]);
  const contacts = await ReactPage.in(browser.context, "contacts");
  const token = await server.join("first");
  const costs: Record<Shape, Cost[]> = { plain: [], component: [], hook: [] };
  try {
    for (let turn = 0; turn < TURNS; turn++)
      for (const shape of turned(Object.keys(SHAPES) as Shape[], turn))
        costs[shape].push(await first(contacts, server.url, { rows: "10000", token, shape }));
  } finally {
    await Promise.all([browser.end(), server.stop()]);
  }

  const of = (shape: Shape, what: keyof Cost) => figures(costs[shape].map((cost) => cost[what]));
  const cells = (shape: Shape, what: keyof Cost) => {
    const { least, median, most } = of(shape, what);
    const figure = `${median.toFixed(0)} (${least.toFixed(0)}–${most.toFixed(0)})`;
    return `${figure} | ${(median / of("plain", what).median).toFixed(2)}`;
  };
  const rows = Object.entries(SHAPES).map(([key, name]) => {
    const shape = key as Shape;
    return `| ${[name, cells(shape, "rendered"), cells(shape, "followed"), cells(shape, "laidOut")].join(" | ")} |`;
  });
  const head = "| page | rendered, ms | ÷ plain | followed, ms | ÷ plain | laid out, ms | ÷ plain |\n|---|---|---|---|---|---|---|";
  console.log(["", head, ...rows, ""].join("\n"));
  expect(of("component", "rendered").median).toBeGreaterThan(of("plain", "rendered").median);
});
