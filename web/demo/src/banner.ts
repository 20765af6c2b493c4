import type { Lastseen, State } from "@lastseen/client";
import { find, write } from "./page.js";

/** What is said of a state that is not as it should be. Nothing of `connecting`: mostly it is over at once. */
const WORDS: Partial<Record<State, string>> = {
  stale: "The server does not answer. What you see may be a little old.",
  offline: "The server is away, so nobody knows who is online. Trying again…",
};

/** Says above everything else that the server is away, for as long as it is. */
export function showState(client: Lastseen): void {
  const words = WORDS[client.state] ?? "";
  const banner = find("#banner");
  banner.hidden = !words;
  write(banner, words);
}
