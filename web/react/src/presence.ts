import type { Lastseen, UserId, UserStatus } from "@lastseen/client";

type Callback = () => void;

/** How often texts such as `5m ago` are looked at. */
const TICK = 30_000;

/**
 * One client for a tree of components. It runs for as long as one of them needs it, and calls only those whose user
 * changed.
 */
export class Presence {
  readonly #byUser = new Map<string, Set<Callback>>();
  readonly #online = new Set<Callback>();
  readonly #ticking = new Set<Callback>();
  readonly #before = new Map<string, UserStatus>();
  #users = 0;
  #stop: Callback | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    readonly client: Lastseen,
    /** Whether somebody is signed in. */
    readonly isActive: boolean,
    readonly locale: string | undefined,
  ) {}

  /** Keeps the client running until the function that is returned is called. */
  readonly retain = (): Callback => {
    this.#users++;
    this.resume();
    let retained = true;
    return () => {
      if (!retained) return;
      retained = false;
      this.#users--;
      // What takes the place of the last component is mounted in the same task.
      queueMicrotask(() => this.#rest());
    };
  };

  /** Starts the client if it is needed and does not run, as after a token was refused. */
  resume(): void {
    if (!this.isActive || !this.#users) return;
    this.#stop ??= this.client.subscribe((changed) => this.#notify(changed));
    this.client.start();
  }

  #rest(): void {
    if (this.#users || !this.#stop) return;
    this.#stop();
    this.#stop = undefined;
    this.client.stop();
  }

  #notify(changed: ReadonlySet<string>): void {
    for (const key of changed) for (const callback of [...(this.#byUser.get(key) ?? [])]) callback();
    for (const callback of [...this.#online]) callback();
  }

  /** Calls back when the status of `id` changes, and has the client watch it. */
  onStatus(id: UserId, callback: Callback): Callback {
    const key = String(id);
    const callbacks = this.#byUser.get(key) ?? new Set();
    this.#byUser.set(key, callbacks.add(callback));
    const [unwatch, release] = [this.client.watch([id]), this.retain()];
    return () => {
      callbacks.delete(callback);
      if (!callbacks.size && this.#byUser.get(key) == callbacks) this.#byUser.delete(key);
      unwatch();
      release();
    };
  }

  /** Calls back when anybody comes or goes, and has the client follow everybody. */
  readonly onOnline = (callback: Callback): Callback => {
    this.#online.add(callback);
    const [unwatch, release] = [this.client.watch(), this.retain()];
    return () => {
      this.#online.delete(callback);
      unwatch();
      release();
    };
  };

  /** Calls back every 30 s: time has passed. */
  readonly onTick = (callback: Callback): Callback => {
    this.#ticking.add(callback);
    this.#timer ??= setInterval(() => {
      for (const callback of [...this.#ticking]) callback();
    }, TICK);
    return () => {
      this.#ticking.delete(callback);
      if (this.#ticking.size) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  };

  /** What a server renders, and a browser takes over from it: nothing is known of anybody yet. */
  before(id: UserId): UserStatus {
    let status = this.#before.get(String(id));
    if (!status) {
      const nothing = { last_seen: null, availability: "available", text: null, emoji: null, expires_at: null } as const;
      this.#before.set(String(id), (status = { user_id: id, is_online: false, status: "offline", ...nothing }));
    }
    return status;
  }
}
