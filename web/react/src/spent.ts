import type { Token } from "@lastseen/client";

/** How many providers of this page have a token. */
const holders = new Map<Token, number>();
/** Those that were signed out with: a page that still has one, on its way to the login, is not online by it. */
const spent = new Set<Token>();

/** Says that a provider has the token, until the function that is returned is called. */
export function hold(token: Token): () => void {
  holders.set(token, (holders.get(token) ?? 0) + 1);
  return () => {
    holders.set(token, (holders.get(token) ?? 1) - 1);
    // What takes the place of the provider is mounted in the same task.
    queueMicrotask(() => {
      if (holders.get(token)) return;
      holders.delete(token);
      // Whoever signs in again may get the same.
      spent.delete(token);
    });
  };
}

/** Says that somebody signed out with the token, which no provider starts with until all have let go of it. */
export function spend(token: Token): void {
  if (token && holders.has(token)) spent.add(token);
}

export const isSpent = (token: Token): boolean => spent.has(token);
