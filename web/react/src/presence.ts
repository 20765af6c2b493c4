import type { Lastseen, UserId, UserStatus } from "@lastseen/client";
import type { LastSeen } from "@lastseen/client/format";
import { Running } from "./running.js";
import { seen, viewOf, type View } from "./view.js";

type Callback = () => void;

/** How often texts such as `5m ago` are looked at. */
const TICK = 30_000;

/** A user on the page, and who is to be told of them. */
interface Shown {
  readonly id: UserId;
  /** Mostly one. */
  callbacks: readonly Callback[];
  view: View | undefined;
}

/**
 * A client for a tree of components. It runs for as long as one of them needs it, and calls only those whose user
 * changed: a page may show thousands.
 */
export class Presence {
  readonly #shown = new Map<string, Shown>();
  readonly #online = new Set<Callback>();
  readonly #ticking = new Set<Callback>();
  readonly #running: Running;
  readonly #before = new Map<string, UserStatus>();
  #watching: Callback[] = [];
  #isGathering = false;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    readonly client: Lastseen,
    /** Whether somebody is signed in. */
    isActive: boolean,
    readonly locale: string | undefined,
  ) {
    this.#running = new Running(client, isActive, (changed) => this.#notify(changed), () => this.#gather());
  }

  /** See `Running`. */
  readonly retain = (): Callback => this.#running.retain();
  readonly provide = (): Callback => this.#running.provide();

  resume(): void {
    this.#running.resume();
  }

  /** Calls back when the status of `id` changes, or what it reads as, and has the client watch it. */
  onStatus(id: UserId, callback: Callback): Callback {
    const shown = this.#show(id);
    if (!shown.callbacks.length) this.#gather();
    shown.callbacks = [...shown.callbacks, callback];
    const release = this.retain();
    return () => {
      shown.callbacks = shown.callbacks.filter((one) => one != callback);
      if (!shown.callbacks.length) this.#gather();
      release();
    };
  }

  /** Calls back when anybody comes or goes, and has the client follow everybody. */
  readonly onOnline = (callback: Callback): Callback => {
    this.#online.add(callback);
    if (this.#online.size == 1) this.#gather();
    const release = this.retain();
    return () => {
      this.#online.delete(callback);
      if (!this.#online.size) this.#gather();
      release();
    };
  };

  /** Calls back every 30 s: time has passed. */
  readonly onTick = (callback: Callback): Callback => {
    this.#ticking.add(callback);
    this.#keepTime();
    return () => {
      this.#ticking.delete(callback);
      this.#keepTime();
    };
  };

  /** What to show of a user: the same object for as long as it says the same. */
  view(id: UserId): View {
    const shown = this.#shown.get(String(id));
    // Nobody is told of a change who is not on the page yet: nothing can be kept until then.
    return shown ? (shown.view ??= this.#look(id)) : this.#look(id);
  }

  #look(id: UserId): View {
    return viewOf(this.client.status(id), this.#options);
  }

  /** What to show of a bare timestamp, likewise. */
  seen(lastSeen: LastSeen): View {
    return seen(lastSeen, this.#options);
  }

  /** What a server renders, and a browser takes over from it: nothing is known of anybody yet. */
  before(id: UserId): UserStatus {
    let status = this.#before.get(String(id));
    if (!status) {
      const nothing = { last_seen: null, availability: "available", text: null, emoji: null, expires_at: null } as const;
      this.#before.set(String(id), (status = { user_id: id, is_online: false, status: "offline", ...nothing }));
    }
    return status;
  }

  viewBefore(id: UserId): View {
    return viewOf(this.before(id), this.#options);
  }

  get #options() {
    return { locale: this.locale, now: this.client.now() };
  }

  #show(id: UserId): Shown {
    let shown = this.#shown.get(String(id));
    if (!shown) this.#shown.set(String(id), (shown = { id, callbacks: [], view: undefined }));
    return shown;
  }

  /** Has the client watch who is shown, once for all that come and go in a task. */
  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    queueMicrotask(() => {
      this.#isGathering = false;
      // Until it stops it asks for what it did: mostly that is shown next as well.
      if (this.#running.isLingering) return;
      for (const [key, { callbacks }] of this.#shown) if (!callbacks.length) this.#shown.delete(key);
      const before = this.#watching;
      this.#watching = [this.client.watch([...this.#shown.values()].map(({ id }) => id))];
      if (this.#online.size) this.#watching.push(this.client.watch());
      call(before);
      this.#keepTime();
    });
  }

  #notify(changed: ReadonlySet<string>): void {
    for (const key of changed) {
      const shown = this.#shown.get(key);
      if (!shown) continue;
      shown.view = undefined;
      call(shown.callbacks);
    }
    call(this.#online);
  }

  #keepTime(): void {
    if (this.#ticking.size || this.#shown.size) this.#timer ??= setInterval(() => this.#tick(), TICK);
    else this.#timer = clearInterval(this.#timer) as undefined;
  }

  #tick(): void {
    for (const shown of [...this.#shown.values()]) {
      const { view } = shown;
      shown.view = undefined;
      if (view != this.view(shown.id)) call(shown.callbacks);
    }
    call(this.#ticking);
  }
}

const call = (callbacks: Iterable<Callback>): void => [...callbacks].forEach((callback) => callback());
