/** A server trusts no stamp that is further ahead, in milliseconds; by default, half of that. */
const TRUSTED = 60_000;

/** The browser's session of a user: one for all tabs, or a logout in one would leave the others online. */
export class Session {
  #id: string;
  /** What to add to this machine's clock to get the server's, in milliseconds. */
  #offset = 0;
  /** The newest stamp that was given out, in milliseconds. */
  #newest = 0;

  constructor(readonly key: string) {
    this.#id = crypto.randomUUID?.() ?? Math.random().toString(36).slice(2);
    this.#load();
    this.#save();
  }

  get id(): string {
    return this.#id;
  }

  /**
   * The time for a beat or a goodbye, by the server's clock as far as it is known. Each is later than the one
   * before, whichever tab gave that out: the order of stamps is what lets a goodbye win over a beat.
   */
  stamp(): string {
    this.#load();
    const time = this.now();
    // One from far ahead is from before the clocks were right, and was not trusted.
    this.#newest = this.#newest < time + TRUSTED ? Math.max(time, this.#newest + 1) : time;
    this.#save();
    return new Date(this.#newest).toISOString();
  }

  /** The server's time, in milliseconds. */
  now(): number {
    return Date.now() + this.#offset;
  }

  /** Learns from an answer that said `serverTime`, to a request that was sent at `sent` by this machine's clock. */
  correct(serverTime: string, sent: number): void {
    const offset = Date.parse(serverTime) - (sent + Date.now()) / 2;
    if (isNaN(offset)) return;
    this.#offset = Math.round(offset);
    this.#save();
  }

  #load(): void {
    try {
      const [id, offset, newest] = (localStorage.getItem(this.key) ?? "").split(" ");
      if (!id) return;
      this.#id = id;
      this.#offset = Number(offset) || 0;
      this.#newest = Math.max(this.#newest, Number(newest) || 0);
    } catch {
      // No storage: each tab for itself.
    }
  }

  #save(): void {
    try {
      localStorage.setItem(this.key, [this.#id, this.#offset, this.#newest].join(" "));
    } catch {
      // As above.
    }
  }
}
