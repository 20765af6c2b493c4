/** Milliseconds since the epoch, by this machine's clock, which also runs while the machine sleeps. */
export const now = (): number => Date.now();

/** Whether the time has come, also if this machine's clock has been set back since the wait for it began. */
export const isDue = (at: number, wait: number): boolean => {
  const left = at - now();
  return left <= 0 || left > wait;
};

/** A little less than `wait`, so that clients do not move in step; never more (R12). */
export const shorten = (wait: number): number => wait * (1 - Math.random() / 10);

const LONGEST_BACKOFF = 60_000;

/** How long to wait after `failures` failures in a row, the server having asked for `retryAfter` at least. */
export function backoff(failures: number, retryAfter: number): number {
  const wait = Math.min(LONGEST_BACKOFF, 500 * 2 ** failures);
  return retryAfter + (wait * (1 + Math.random())) / 2;
}

/** How long to wait for an answer. After a sleep of the machine it is over at once. */
const PATIENCE = 30_000;

/** Waits for an answer, but not for ever. */
export async function patiently<T>(answer: T | Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => (timer = setTimeout(reject, PATIENCE)));
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

/** How long wishes are gathered, for many come at a time as a page does. */
const GATHER = 20;

/** How long the next have to wait, as while somebody scrolls. */
const REST = 1000;

/** Does something soon after it is asked to, but not all the time. */
export class Soon {
  readonly #act: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = false;

  constructor(act: () => void) {
    this.#act = act;
  }

  ask(): void {
    this.#asked = true;
    this.#timer ??= setTimeout(this.#ring, GATHER);
  }

  readonly #ring = (): void => {
    this.#timer = this.#asked ? setTimeout(this.#ring, REST) : undefined;
    if (this.#asked) this.#act();
    this.#asked = false;
  };
}

/** A browser's timers ring at once when they are set to more. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** A timer that can be set anew. */
export class Alarm {
  readonly #ring: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  set(at: number): void {
    this.clear();
    this.#timer = setTimeout(this.#ring, Math.min(LONGEST_TIMER, at - now()));
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}
