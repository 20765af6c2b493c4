import { backoff, now } from "./pace.js";
import { Failure } from "./server.js";

/** How long a route that the server does not have is left alone. */
const LACKING = 300_000;

/** The way to one route: closed for a while after a failure, for longer after each. */
export class Gate {
  #failures = 0;
  /** When it opens again, by this machine's clock. */
  until = 0;
  #unanswered = false;
  #warned = false;

  constructor(readonly path: string) {}

  get isOpen(): boolean {
    return now() >= this.until;
  }

  passed(): void {
    this.#failures = this.until = 0;
  }

  refused(cause: unknown): void {
    const { status, retryAfter } = cause instanceof Failure ? cause : new Failure(0);
    this.#unanswered = !status;
    const lacking = status >= 400 && status < 500 && status != 429;
    this.until = now() + (lacking ? LACKING : backoff(this.#failures++, retryAfter));
    if (lacking && !this.#warned) {
      this.#warned = true;
      console.warn(`Lastseen: ${this.path} was answered with ${status}.`);
    }
  }

  /** The network is back. What a server asked to wait is waited for all the same. */
  retry(): void {
    if (this.#unanswered) this.until = 0;
  }
}
