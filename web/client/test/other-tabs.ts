import { vi } from "vitest";

/** Gives the page what tabs find each other by; each client is a tab then, and all of them are visible. */
export function withTabs(): void {
  const channels = new Set<Channel>();
  const queues = new Map<string, Promise<unknown>>();

  class Channel {
    onmessage: ((event: { data: unknown }) => void) | null = null;

    constructor(readonly name: string) {
      channels.add(this);
    }

    postMessage(message: unknown): void {
      const data = structuredClone(message);
      for (const other of channels) {
        if (other == this || other.name != this.name) continue;
        queueMicrotask(() => channels.has(other) && other.onmessage?.({ data }));
      }
    }

    close(): void {
      channels.delete(this);
    }
  }

  /** Whoever asks gets the lock when all before them have had it. */
  async function request(name: string, { signal }: { signal: AbortSignal }, held: () => unknown): Promise<unknown> {
    const before = queues.get(name);
    const aborted = new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const turn = Promise.race([before, aborted]).then(() => signal.throwIfAborted());
    const done = turn.then(held);
    queues.set(name, Promise.allSettled([before, done]));
    return done;
  }

  // Or all of them would go by the same name.
  let random = 0;
  vi.spyOn(Math, "random").mockImplementation(() => (random += 1e-6));
  vi.stubGlobal("BroadcastChannel", Channel);
  vi.stubGlobal("navigator", { locks: { request } });
}
