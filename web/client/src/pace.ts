/** Milliseconds since the epoch, by this machine's clock, which also runs while the machine sleeps. */
export const now = (): number => Date.now();

/** A little less than `wait`, so that clients do not move in step; never more (R12). */
export const shorten = (wait: number): number => wait * (1 - Math.random() / 10);

const LONGEST_BACKOFF = 60_000;

/** How long to wait after `failures` failures in a row, the server having asked for `retryAfter` or nothing. */
export function backoff(failures: number, retryAfter = 0): number {
  const wait = Math.min(LONGEST_BACKOFF, 500 * 2 ** failures);
  return retryAfter + (wait * (1 + Math.random())) / 2;
}

/** How long to wait for an answer. After a sleep of the machine it is over at once. */
const PATIENCE = 30_000;

/** Waits for an answer, but not for ever. */
export async function patiently<T>(answer: T | Promise<T>): Promise<T> {
  let timer;
  const late = new Promise<never>((_, reject) => (timer = setTimeout(reject, PATIENCE)));
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A timer that can be set anew. */
export class Alarm {
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly ring: () => void) {}

  set(at: number): void {
    this.clear();
    this.#timer = setTimeout(this.ring, Math.max(0, at - now()));
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}
