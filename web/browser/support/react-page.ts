import { build } from "esbuild";
import type { BrowserContext, Page } from "playwright-core";

/** A page of `pages/`, which a browser is shown as if a server had it. */
export class ReactPage {
  private constructor(
    readonly name: string,
    readonly context: BrowserContext,
    readonly scripts: ReadonlyMap<string, string>,
  ) {}

  static async in(context: BrowserContext, name: string): Promise<ReactPage> {
    const scripts = new Map<string, string>();
    for (const mode of ["production", "development"]) {
      const { outputFiles } = await build({
        entryPoints: [new URL(`../pages/${name}.tsx`, import.meta.url).pathname],
        ...{ bundle: true, write: false, minify: mode == "production", format: "esm", jsx: "automatic" },
        define: { "process.env.NODE_ENV": JSON.stringify(mode) },
      });
      scripts.set(mode, outputFiles[0]!.text);
    }
    return new ReactPage(name, context, scripts);
  }

  /** A tab with the page, at a server. */
  async load(url: string, query: Record<string, string> = {}, mode = "production"): Promise<Page> {
    const page = await this.context.newPage();
    const script = `<script type="module" src="/${this.name}.js"></script>`;
    const body = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><div id="root"></div>${script}`;
    await page.route(`**/${this.name}?*`, (route) => route.fulfill({ contentType: "text/html", body }));
    const code = { contentType: "text/javascript", body: this.scripts.get(mode)! };
    await page.route(`**/${this.name}.js`, (route) => route.fulfill(code));
    await page.goto(`${url}/${this.name}?${new URLSearchParams(query)}`);
    return page;
  }
}
