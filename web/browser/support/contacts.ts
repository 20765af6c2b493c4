import { build } from "esbuild";
import type { BrowserContext, Page } from "playwright-core";

/** The page of contacts, which a browser is shown as if the server had it. */
export class Contacts {
  private constructor(
    readonly context: BrowserContext,
    readonly scripts: ReadonlyMap<string, string>,
  ) {}

  static async in(context: BrowserContext): Promise<Contacts> {
    const scripts = new Map<string, string>();
    for (const mode of ["production", "development"]) {
      const { outputFiles } = await build({
        entryPoints: [new URL("../pages/contacts.tsx", import.meta.url).pathname],
        ...{ bundle: true, write: false, minify: mode == "production", format: "esm", jsx: "automatic" },
        define: { "process.env.NODE_ENV": JSON.stringify(mode) },
      });
      scripts.set(mode, outputFiles[0]!.text);
    }
    return new Contacts(context, scripts);
  }

  /** A tab with the page; nothing is rendered yet. */
  async load(url: string, query: Record<string, string>, mode = "production"): Promise<Page> {
    const page = await this.context.newPage();
    const body = '<!doctype html><link rel="icon" href="data:,"><div id="root"></div><script type="module" src="/contacts.js"></script>';
    await page.route("**/contacts?*", (route) => route.fulfill({ contentType: "text/html", body }));
    const script = { contentType: "text/javascript", body: this.scripts.get(mode)! };
    await page.route("**/contacts.js", (route) => route.fulfill(script));
    await page.goto(`${url}/contacts?${new URLSearchParams(query)}`);
    return page;
  }

  /** A tab that shows them. */
  async open(url: string, query: Record<string, string>, mode?: string): Promise<Page> {
    const page = await this.load(url, query, mode);
    await page.evaluate(() => globalThis.show());
    return page;
  }
}
