// Bundles the package, and what the server serves as /lastseen.js.
import { build } from "esbuild";

const common = { bundle: true, format: "esm", target: "es2022", minify: true, legalComments: "none" };
await build({ ...common, entryPoints: ["src/index.ts", "src/format.ts"], outdir: "dist" });
await build({ ...common, entryPoints: ["src/served.ts"], outfile: "../served/lastseen.js" });
