import { backoff, isDue, now } from "./pace.js";
import type { Failure } from "./server.js";

/** How long a route that the server does not have is left alone. */
const LACKING = 300_000;

/** The way to one route: closed for a while after a failure, for longer after each. */
export class Gate {
  readonly #path: string;
  #failures = 0;
  /** When it opens again, by this machine's clock. */
  until = 0;
  #wait = 0;
  #unanswered = false;
  #warned = false;

  constructor(path: string) {
    this.#path = path;
  }

  get isOpen(): boolean {
    return isDue(this.until, this.#wait);
  }

  /** When what is due at `at` can be asked. */
  after(at: number): number {
    return this.isOpen ? at : Math.max(at, this.until);
  }

  passed(): void {
    this.#failures = this.until = 0;
  }

  refused({ status, retryAfter }: Failure): void {
    this.#unanswered = !status;
    const lacking = status >= 400 && status < 500 && status != 429;
    this.#wait = lacking ? LACKING : backoff(this.#failures++, retryAfter);
    this.until = now() + this.#wait;
    if (lacking && !this.#warned) {
      this.#warned = true;
      console.warn(`Lastseen: ${this.#path} was answered with ${status}.`);
    }
  }

  /** The network is back. What a server asked to wait is waited for all the same. */
  retry(): void {
    if (this.#unanswered) this.until = 0;
  }
}
