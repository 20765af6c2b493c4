// Says how large the built core is, and fails when it is too large.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT = 6000;
const size = gzipSync(readFileSync(new URL("dist/index.js", import.meta.url)), { level: 9 }).length;
console.log(`@lastseen/client: ${size} bytes gzipped, of ${LIMIT}`);
process.exitCode = size < LIMIT ? 0 : 1;
