import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Browser as Remote, type BrowserContext, type Page } from "playwright-core";

const ARGUMENTS = [
  ...["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-port=0"],
  ...["--window-size=1280,900"],
];

const PICTURES = new URL("../shots/", import.meta.url).pathname;
mkdirSync(PICTURES, { recursive: true });

/**
 * A Chromium of its own: somebody's machine. Its tabs are those of one window, so that one of them is visible; to
 * Playwright's own contexts all of them would be.
 */
export class Browser {
  readonly #profile: string;
  readonly #child: ChildProcess;
  readonly #remote: Remote;
  readonly context: BrowserContext;
  /** Method and path of what any tab asked. */
  readonly asked: { readonly method: string; readonly path: string; readonly at: number }[] = [];

  private constructor(profile: string, child: ChildProcess, remote: Remote) {
    [this.#profile, this.#child, this.#remote] = [profile, child, remote];
    const [context] = remote.contexts();
    if (!context) throw new Error("Chromium has no window");
    this.context = context;
    context.on("request", (request) => {
      const path = new URL(request.url()).pathname;
      if (path.startsWith("/api/")) this.asked.push({ method: request.method(), path, at: Date.now() });
    });
  }

  /** Two that start at once on a busy machine: now and then one of them never answers. */
  static async start(attempts = 3): Promise<Browser> {
    try {
      return await Browser.#start();
    } catch (error) {
      if (attempts == 1) throw error;
      return Browser.start(attempts - 1);
    }
  }

  static async #start(): Promise<Browser> {
    const profile = mkdtempSync(join(tmpdir(), "chromium-"));
    const arguments_ = [...ARGUMENTS, `--user-data-dir=${profile}`];
    const child = spawn("chromium", arguments_, { stdio: ["ignore", "ignore", "pipe"] });
    const address = await new Promise<string>((resolve, reject) => {
      let said = "";
      child.stderr.on("data", (data) => {
        // The whole line: it may come in pieces.
        const found = /ws:\/\/\S+(?=\s)/.exec((said += data));
        if (found) resolve(found[0]);
      });
      child.on("error", reject);
      child.on("exit", () => reject(new Error(`chromium does not start: ${said}`)));
    });
    try {
      const remote = await chromium.connectOverCDP(address, { noDefaults: true, timeout: 10_000 });
      return new Browser(profile, child, remote);
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    }
  }

  /** A tab, in front of the others. */
  async open(url: string): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(url);
    return page;
  }

  /** How often a path was asked. */
  count(path: string): number {
    return this.asked.filter((one) => one.path == path).length;
  }

  /** As a laptop does that is closed. */
  sleep(): void {
    this.#signal("STOP");
  }

  wake(): void {
    this.#signal("CONT");
  }

  async end(): Promise<void> {
    const ended = once(this.#child, "exit");
    await this.#remote.close().catch(() => {});
    this.#signal("KILL");
    await ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  #signal(name: string): void {
    try {
      for (const pid of this.#processes()) process.kill(pid, `SIG${name}`);
    } catch {
      // It has ended meanwhile.
    }
  }

  /** Chromium's and all that it started: some are in sessions of their own. */
  #processes(): number[] {
    const pairs = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map((pid) => [Number(pid), parentOf(pid)]);
    const found = [this.#child.pid ?? 0];
    for (const parent of found) for (const [pid, ppid] of pairs) if (ppid == parent) found.push(pid!);
    return found;
  }
}

function parentOf(pid: string): number | undefined {
  try {
    // The name of the command stands in brackets, and may hold spaces.
    return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[1]);
  } catch {
    return undefined;
  }
}

/** Keeps a picture, to be looked at. */
export async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(PICTURES, `${name}.png`) });
}

/** Keeps a picture of several windows side by side. */
export async function sideBySide(pages: readonly Page[], name: string): Promise<void> {
  for (const page of pages) await page.evaluate(() => scrollTo(0, 0));
  const shots = await Promise.all(pages.map((page) => page.screenshot()));
  const images = shots.map((shot) => `<img src="data:image/png;base64,${shot.toString("base64")}">`);
  const desk = await pages[0]!.context().newPage();
  const style = "body { margin: 0; padding: 16px; display: inline-flex; gap: 16px; background: #9aa7a1 } img { display: block }";
  await desk.setContent(`<style>${style}</style>${images.join("")}`);
  await desk.locator("body").screenshot({ path: join(PICTURES, `${name}.png`) });
  await desk.close();
}
