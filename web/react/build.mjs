// Bundles the package. React and the client stay outside.
import { build } from "esbuild";

await build({
  ...{ bundle: true, format: "esm", target: "es2022", minify: true, legalComments: "none" },
  ...{ entryPoints: ["src/index.ts"], outdir: "dist", packages: "external", jsx: "automatic", banner: { js: '"use client";' } },
});
