// Builds what the server embeds. The page uses the very client that the server serves.
import { copyFileSync } from "node:fs";
import { build } from "esbuild";

const served = {
  name: "served",
  setup({ onResolve }) {
    onResolve({ filter: /^@lastseen\/client/ }, () => ({ path: "../lastseen.js", external: true }));
  },
};
await build({
  ...{ bundle: true, format: "esm", target: "es2022", minify: true, legalComments: "none", plugins: [served] },
  ...{ entryPoints: ["src/app.ts"], outfile: "../served/demo/app.js" },
});
await build({ entryPoints: ["src/style.css"], minify: true, outfile: "../served/demo/style.css", target: "es2022" });
for (const file of ["index.html", "icon.svg"]) copyFileSync(`src/${file}`, `../served/demo/${file}`);
