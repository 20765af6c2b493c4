// Bundles the package, and what the server serves as /lastseen.js.
import { build } from "esbuild";

/**
 * What the modules of the core call each other by, and nobody else: shortened, as private names are. None may be the
 * name of anything of a browser's, on the wire, in the interface, or in what tabs tell each other.
 */
const INTERNAL = [
  ...["advance", "another", "correct", "details", "discard", "doubt", "everything", "goodbye", "hurry", "isOpen"],
  ...["isTold", "narrow", "passed", "refused", "renew", "retry", "retryAfter", "roster", "stamp", "standing"],
  ...["session", "tell", "until", "userOf", "wish", "become", "forgotten", "greet", "guard", "look", "rest"],
];
const mangleProps = new RegExp(`^(${INTERNAL.join("|")})$`);

const common = { bundle: true, format: "esm", target: "es2022", minify: true, mangleProps, legalComments: "none" };
await build({ ...common, entryPoints: ["src/index.ts", "src/format.ts"], outdir: "dist" });
await build({ ...common, entryPoints: ["src/served.ts"], outfile: "../served/lastseen.js" });
