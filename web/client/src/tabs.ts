import type { Wishes } from "./watches.js";

/** What a tab tells the others; `Told` is what a leader found out. */
type Message<Told> =
  /** I am here and want this; say who you are, and leader, tell me everything. */
  | { readonly kind: "hello"; readonly tab: string; readonly wishes: Wishes }
  /** I am here and want this. */
  | { readonly kind: "here"; readonly tab: string; readonly wishes: Wishes }
  | { readonly kind: "bye"; readonly tab: string }
  | { readonly kind: "out" }
  | { readonly kind: "told"; readonly told: Told };

/** What the tab that leads does: it alone talks to the server. */
export interface Work {
  start(): void;
  stop(): void;
  /** Others want to know something else than before. */
  hurry(): void;
}

export interface Role<Told> {
  /** What this tab wants to know. */
  wishes(): Wishes;
  /** Everything that a tab that has just come needs. */
  everything(): Told;
  /** What the leader found out. */
  told(told: Told): void;
  /** Another tab has signed the user out. */
  out(): void;
  /** The page goes away; whether other tabs are open. */
  leave(others: boolean): void;
}

/** Tells all tabs of that name, from wherever, that the user has signed out. */
export function signOutTabs(name: string): void {
  const channel = channelOf(name);
  channel?.postMessage({ kind: "out" });
  channel?.close();
}

function channelOf(name: string): BroadcastChannel | undefined {
  try {
    return new BroadcastChannel(name);
  } catch {
    // There are none, or the site's data is blocked.
    return undefined;
  }
}

/**
 * The tabs of one user on one origin. One that is visible leads: it holds the lock that all of them want.
 * Where there are no locks or channels (pages that are not secure), each leads itself while it is visible.
 */
export class Tabs<Told> {
  readonly #tab = Math.random().toString(36).slice(2);
  readonly #others = new Map<string, Wishes>();
  /** From open to close. */
  readonly #life = new AbortController();
  #channel: BroadcastChannel | undefined;
  /** Aborted when this tab stops wanting to lead. */
  #candidacy: AbortController | undefined;
  #leads = false;

  constructor(
    readonly name: string,
    readonly work: Work,
    readonly role: Role<Told>,
  ) {}

  open(): void {
    addEventListener("pagehide", this.#leave, this.#life);
    addEventListener("pageshow", this.#look, this.#life);
    document.addEventListener("visibilitychange", this.#look, this.#life);
    this.#look();
  }

  close(): void {
    this.#life.abort();
    this.#resign();
    this.#disconnect();
  }

  /** What all open tabs want to know. */
  get wishes(): readonly Wishes[] {
    return [this.role.wishes(), ...this.#others.values()];
  }

  tell(told: Told): void {
    this.#post({ kind: "told", told });
  }

  /** Tells the others that this tab wants to know something else. */
  wish(): void {
    this.#post({ kind: "here", tab: this.#tab, wishes: this.role.wishes() });
  }

  /** Stands for leader while visible. A page that came back from the browser's cache connects anew. */
  readonly #look = (): void => {
    this.#connect();
    if (document.visibilityState == "visible") this.#stand();
    else this.#resign();
  };

  readonly #leave = (): void => {
    this.#resign();
    this.role.leave(this.#others.size > 0);
    this.#disconnect();
  };

  #stand(): void {
    if (this.#candidacy) return;
    const candidacy = (this.#candidacy = new AbortController());
    const { signal } = candidacy;
    const lead = () => {
      if (signal.aborted) return;
      this.#leads = true;
      this.work.start();
      return new Promise<void>((resign) => signal.addEventListener("abort", () => resign()));
    };
    if (!navigator.locks || !this.#channel) lead();
    else navigator.locks.request(this.name, { signal }, lead).catch(() => {});
  }

  #resign(): void {
    if (!this.#candidacy) return;
    this.#candidacy.abort();
    this.#candidacy = undefined;
    this.#leads = false;
    this.work.stop();
  }

  #connect(): void {
    if (this.#channel) return;
    this.#channel = channelOf(this.name);
    if (!this.#channel) return;
    this.#channel.onmessage = ({ data }) => this.#hear(data);
    this.#post({ kind: "hello", tab: this.#tab, wishes: this.role.wishes() });
  }

  #disconnect(): void {
    this.#post({ kind: "bye", tab: this.#tab });
    this.#channel?.close();
    this.#channel = undefined;
    this.#others.clear();
  }

  #post(message: Message<Told>): void {
    this.#channel?.postMessage(message);
  }

  #hear(message: Message<Told>): void {
    switch (message.kind) {
      case "hello":
        this.wish();
        if (this.#leads) this.tell(this.role.everything());
      // falls through
      case "here":
        this.#others.set(message.tab, message.wishes);
        return this.work.hurry();
      case "bye":
        this.#others.delete(message.tab);
        return;
      case "out":
        return this.role.out();
      case "told":
        if (!this.#leads) this.role.told(message.told);
    }
  }
}
