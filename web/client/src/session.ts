/** The browser's session of a user: one for all tabs, or a logout in one would leave the others online. */
export class Session {
  #id: string;
  /** What to add to this machine's clock to get the server's, in milliseconds. */
  #offset = 0;
  /** The newest stamp that was given out, in milliseconds. */
  #newest = 0;

  constructor(readonly key: string) {
    this.#id = crypto.randomUUID?.() ?? String(Math.random()).slice(2);
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
    this.#newest = Math.max(this.now(), this.#newest + 1);
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
      // A stamp from far ahead is from before this machine's clock was set right.
      const stamp = Number(newest) || 0;
      if (stamp < this.now() + 60_000) this.#newest = Math.max(this.#newest, stamp);
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
