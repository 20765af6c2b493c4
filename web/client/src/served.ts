/** What a server serves as `/lastseen.js`: the client and the formatters in one file, for pages without a build. */
export * from "./format.js";
export * from "./index.js";
