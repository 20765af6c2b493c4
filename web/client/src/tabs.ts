import { aborted, channelOf, lock, type Message, type Said } from "./channel.js";
import type { Wishes } from "./watches.js";

/** What the tab that leads does: it alone talks to the server. */
export interface Work {
  /** Until `signal` aborts it. */
  start(signal: AbortSignal): void;
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
  /** The page goes away, and no other tab is open. */
  readonly last: (() => void) | false | undefined;
}

/** For how long a page may seem to go away before it is there again. */
const GOING = 1000;

/**
 * The tabs of one user on one origin. One that is visible leads: it holds the lock that all of them want. Each holds
 * one of its own while it is there: who gets that knows that the tab has gone, be it without a word.
 * Where there are no locks or channels (pages that are not secure), each leads itself while it is visible.
 */
export class Tabs<Told> {
  readonly #name: string;
  readonly #work: Work;
  readonly #role: Role<Told>;
  readonly #tab = Math.random().toString(36).slice(2);
  readonly #others = new Map<string, Wishes>();
  #channel: BroadcastChannel | undefined;
  /** Aborted when this tab is not there for the others any more. */
  #presence = new AbortController();
  /** Aborted when this tab stops wanting to lead. */
  #candidacy: AbortController | undefined;
  #leads = false;

  constructor(name: string, work: Work, role: Role<Told>) {
    this.#name = name;
    this.#work = work;
    this.#role = role;
  }

  /** Takes part until `signal` aborts. */
  open(signal: AbortSignal): void {
    addEventListener("pagehide", this.#leave, { signal });
    addEventListener("pageshow", this.#arrive, { signal });
    // Of tabs that are closed together, none would hear of the others in time.
    if (this.#role.last) addEventListener("beforeunload", this.#going, { signal });
    signal.addEventListener("abort", this.#part);
    this.#arrive();
  }

  /** What all open tabs want to know. */
  get wishes(): readonly Wishes[] {
    return [this.#role.wishes(), ...this.#others.values()];
  }

  tell(told: Told): void {
    this.#channel?.postMessage({ kind: "told", told } satisfies Message<Told>);
  }

  /** Asks whoever leads for everything, as a tab does that has just come. */
  greet(): void {
    this.#say("hello");
  }

  /** Tells the others that this tab wants to know something else. */
  wish(): void {
    this.#say("here");
  }

  /** A page that came back from the browser's cache connects anew. */
  readonly #arrive = (): void => {
    document.addEventListener("visibilitychange", this.#look);
    this.#connect();
    this.#look();
  };

  /** Stands for leader while visible. */
  readonly #look = (): void => {
    if (document.visibilityState == "visible") this.#stand();
    else this.#resign();
  };

  /** It may stay after all: the reader is asked, or it is a download. */
  readonly #going = (): void => {
    this.#say("bye");
    setTimeout(() => this.wish(), GOING);
  };

  readonly #leave = (): void => {
    this.#resign();
    if (!this.#others.size && this.#role.last) this.#role.last();
    this.#part();
  };

  readonly #part = (): void => {
    // A browser says that a page is hidden after it said that it goes.
    document.removeEventListener("visibilitychange", this.#look);
    this.#resign();
    this.#say("bye");
    this.#channel?.close();
    this.#channel = undefined;
    this.#presence.abort();
    this.#others.clear();
  };

  #stand(): void {
    if (this.#candidacy) return;
    const { signal } = (this.#candidacy = new AbortController());
    const lead = () => {
      this.#leads = true;
      this.#work.start(signal);
      return aborted(signal);
    };
    if (!this.#channel) void lead();
    else lock(this.#name, signal, lead).catch(() => signal.aborted || lead());
  }

  #resign(): void {
    this.#candidacy?.abort();
    this.#candidacy = undefined;
    this.#leads = false;
  }

  #connect(): void {
    if (this.#channel) return;
    this.#channel = channelOf(this.#name);
    if (!this.#channel) return;
    this.#channel.onmessage = ({ data }) => this.#hear(data);
    const { signal } = (this.#presence = new AbortController());
    const hello = () => {
      this.#say("hello");
      return aborted(signal);
    };
    lock(`${this.#name} ${this.#tab}`, signal, hello).catch(hello);
  }

  #say(kind: Said): void {
    this.#channel?.postMessage({ kind, tab: this.#tab, wishes: this.#role.wishes() } satisfies Message<Told>);
  }

  #hear(message: Message<Told>): void {
    switch (message.kind) {
      case "hello":
        this.wish();
        if (this.#leads) this.tell(this.#role.everything());
      // falls through
      case "here":
        return this.#meet(message.tab, message.wishes);
      case "bye":
        this.#others.delete(message.tab);
        return;
      case "out":
        return this.#role.out();
      case "told":
        if (!this.#leads) this.#role.told(message.told);
    }
  }

  #meet(tab: string, wishes: Wishes): void {
    const gone = () => this.#others.delete(tab);
    if (!this.#others.has(tab)) lock(`${this.#name} ${tab}`, this.#presence.signal, gone).catch(() => {});
    this.#others.set(tab, wishes);
    this.#work.hurry();
  }
}
