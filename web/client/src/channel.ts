import type { Wishes } from "./watches.js";

/**
 * What a tab says of itself: `hello` when it comes (say who you are, and leader, tell me everything), `here` when it
 * wants something else than before, `bye` when it goes.
 */
export type Said = "hello" | "here" | "bye";

/** What a tab tells the others; `Told` is what a leader found out. `out`: the user has signed out. */
export type Message<Told> =
  | { readonly kind: Said; readonly tab: string; readonly wishes: Wishes }
  | { readonly kind: "out" }
  | { readonly kind: "told"; readonly told: Told };

/** Tells all tabs of that name, from wherever, that the user has signed out. */
export function signOutTabs(name: string): void {
  const channel = channelOf(name);
  channel?.postMessage({ kind: "out" });
  channel?.close();
}

/** The channel of that name, if there are any. */
export function channelOf(name: string): BroadcastChannel | undefined {
  try {
    return new BroadcastChannel(name);
  } catch {
    // An old browser, or the site's data is blocked.
    return undefined;
  }
}

/** Asks for a lock, and keeps it for as long as `held` says. Rejects if `signal` aborts, or where there are no locks. */
export async function lock(name: string, signal: AbortSignal, held: () => unknown): Promise<unknown> {
  return navigator.locks.request(name, { signal }, () => signal.aborted || held());
}

/** When that is so. */
export const aborted = (signal: AbortSignal) => new Promise((resolve) => signal.addEventListener("abort", resolve));
