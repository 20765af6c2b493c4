import { afterEach, beforeEach, vi } from "vitest";
import { Lastseen } from "../src/client.js";
import type { Options } from "../src/types.js";
import { FakeServer, tokenOf } from "./fake-server.js";
import { Page, pass } from "./page.js";

/** Made anew for each test, as the page and the clients are; the time is a fake too. */
export let server: FakeServer;
export let page: Page;
export let clients: Lastseen[];

beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2026-01-28T14:00:00Z") });
  // No jitter.
  vi.spyOn(Math, "random").mockReturnValue(0);
  page = new Page();
  server = new FakeServer();
  clients = [];
});

afterEach(() => {
  for (const client of clients) client.stop();
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** For user 1; stopped after the test. */
export function client(options: Options = {}): Lastseen {
  const made = new Lastseen({ token: tokenOf(1), fetch: server.fetch as typeof fetch, ...options });
  clients.push(made);
  return made;
}

export async function started(options?: Options): Promise<Lastseen> {
  const made = client(options);
  made.start();
  await pass(1);
  return made;
}

export const warnings = () => vi.spyOn(console, "warn").mockImplementation(() => {});

/** What the console would tell of: nobody catches it. */
export function errors(): unknown[] {
  const thrown: unknown[] = [];
  vi.stubGlobal("queueMicrotask", (task: () => void) => {
    try {
      task();
    } catch (error) {
      thrown.push(error);
    }
  });
  return thrown;
}
