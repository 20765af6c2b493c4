/** What a server serves as `/lastseen.js`: the client and the formatters in one file, for pages without a build. */
import { Lastseen as Client } from "./client.js";
import type { Options } from "./types.js";

export * from "./format.js";
export * from "./index.js";

/** The client, of the server that this file comes from unless `url` says another: also of one under a path. */
export class Lastseen extends Client {
  constructor(options: Options = {}) {
    super({ ...options, url: options.url ?? new URL(".", import.meta.url).href });
  }
}
