import type { Lastseen } from "@lastseen/client";

/** How many need a client: two providers may have the same one, as one has before and after a change of locale. */
const needed = new WeakMap<Lastseen, number>();

/** Keeps the client running until the function that is returned is called, by this and whoever else needs it. */
export function keepRunning(client: Lastseen): () => void {
  needed.set(client, (needed.get(client) ?? 0) + 1);
  client.start();
  return () => {
    const others = (needed.get(client) ?? 1) - 1;
    needed.set(client, others);
    if (!others) client.stop();
  };
}
