import type { Lastseen, UserId } from "@lastseen/client";
import { formatMoment, type LastSeen } from "@lastseen/client/format";
import { Provided } from "./provided.js";
import { Running } from "./running.js";
import { Shown, call, type Callback } from "./shown.js";
import { before, seen } from "./view.js";

/** How often texts such as `5m ago` are looked at. */
const TICK = 30_000;

/**
 * A client for a tree of components. It runs for as long as one of them needs it, and calls only those whose user
 * changed: a page may show thousands.
 */
export class Presence {
  readonly #shown = new Map<UserId, Shown>();
  readonly #online = new Set<Callback>();
  readonly #ticking = new Set<Callback>();
  readonly #connected = new Set<Callback>();
  readonly #running: Running;
  #watching: Callback[] = [];
  /** How many users are followed, and what ends that the client runs for them. */
  #followed = 0;
  #release: Callback | undefined;
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

  /** A user to show, and to follow: the same object for as long as somebody does. */
  user(id: UserId): Shown {
    const key = keyOf(id);
    let shown = this.#shown.get(key);
    if (!shown) this.#shown.set(key, (shown = new Shown(id, this)));
    return shown;
  }

  /** See `Page`. */
  turned(one: 1 | -1): void {
    this.#gather();
    if (!this.#followed) this.#release = this.retain();
    this.#followed += one;
    if (!this.#followed) this.#release?.();
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

  /** Calls back when it stands otherwise with the server. Does not have the client run. */
  readonly onConnection = (callback: Callback): Callback => {
    this.#connected.add(callback);
    return () => this.#connected.delete(callback);
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

  /** See `Page`. */
  get isBlank(): boolean {
    return this.client instanceof Provided && !this.client.hasHeard;
  }

  /** A bare timestamp, to be shown as a user is. */
  timestamp(lastSeen: LastSeen): Pick<Shown, "subscribe" | "view" | "viewBefore" | "moment"> {
    const moment = () => formatMoment(lastSeen, { locale: this.locale, now: this.client.now() });
    const view = () => seen(lastSeen, { locale: this.locale, now: this.client.now() });
    return { subscribe: this.onTick, view, viewBefore: () => before(view()), moment };
  }

  /** Has the client watch who is shown, once for all that come and go in a task. */
  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    queueMicrotask(() => {
      this.#isGathering = false;
      // Until it stops it asks for what it did: mostly that is shown next as well.
      if (this.#running.isLingering) return;
      for (const [key, { isFollowed }] of this.#shown) if (!isFollowed) this.#shown.delete(key);
      const before = this.#watching;
      this.#watching = [this.client.watch([...this.#shown.values()].map(({ id }) => id))];
      if (this.#online.size) this.#watching.push(this.client.watch());
      call(before);
      this.#keepTime();
    });
  }

  #notify(changed: ReadonlySet<string>): void {
    for (const key of changed) this.#shown.get(keyOf(key))?.changed();
    if (changed.size) call(this.#online);
    call(this.#connected);
  }

  #keepTime(): void {
    if (this.#ticking.size || this.#followed) this.#timer ??= setInterval(() => this.#tick(), TICK);
    else this.#timer = clearInterval(this.#timer) as undefined;
  }

  #tick(): void {
    for (const shown of [...this.#shown.values()]) shown.tick();
    call(this.#ticking);
  }
}

/** Ids are compared as text: `5` and `"5"` are the same user. Most are numbers, of which a text would cost more than all else. */
function keyOf(id: UserId): UserId {
  return typeof id == "string" && String(Number(id)) == id ? Number(id) : id;
}
