import { readFile } from "node:fs/promises";
import { build } from "esbuild";
import type { BrowserContext } from "playwright-core";

const SOURCES = new URL("../../demo/src/", import.meta.url);

/** Has the pages of a browser show the demo page as it is in the sources: a server shows the one it was built with. */
export async function fromSources(context: BrowserContext): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [new URL("app.ts", SOURCES).pathname],
    ...{ bundle: true, write: false, format: "esm", external: ["/lastseen.js"] },
    alias: { "@lastseen/client": "/lastseen.js", "@lastseen/client/format": "/lastseen.js" },
  });
  const html = await readFile(new URL("index.html", SOURCES));
  const css = await readFile(new URL("style.css", SOURCES));
  await context.route(/^[^/]+:\/\/[^/]+\/$/, (route) => route.fulfill({ contentType: "text/html", body: html }));
  await context.route("**/demo/style.css", (route) => route.fulfill({ contentType: "text/css", body: css }));
  await context.route("**/demo/app.js", (route) =>
    route.fulfill({ contentType: "text/javascript", body: outputFiles[0]!.text }),
  );
}
