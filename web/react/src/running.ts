import type { Lastseen, Listener } from "@lastseen/client";

/** How long the client goes on when no component needs it: the next page of a site is not there at once. */
const LINGER = 1_000;

/** Runs a client for as long as a tree of components needs it, and lets them hear from it. */
export class Running {
  #users = 0;
  #isProvided = false;
  #leaving: ReturnType<typeof setTimeout> | undefined;
  #stop: (() => void) | undefined;

  constructor(
    readonly client: Lastseen,
    /** Whether somebody is signed in. */
    readonly isActive: boolean,
    readonly hear: Listener,
    /** Called when a component needs it after none did, and when it has stopped. */
    readonly turned: () => void,
  ) {}

  /** Whether it runs for no component: the last has just gone, and the next may come. */
  get isLingering(): boolean {
    return !this.#users && this.#stop != undefined;
  }

  /** Keeps the client running until the function that is returned is called. */
  retain(): () => void {
    clearTimeout(this.#leaving);
    if (!this.#users++) {
      this.turned();
      this.resume();
    }
    return () => {
      if (!--this.#users) this.#leave();
    };
  }

  /** Lets the client linger when the last component has gone, until the function that is returned is called. */
  provide(): () => void {
    this.#isProvided = true;
    return () => {
      this.#isProvided = false;
      this.#leave();
    };
  }

  /** Starts the client if it is needed and does not run, as after a token was refused. */
  resume(): void {
    if (!this.isActive || !this.#users) return;
    if (this.#stop) return this.client.start();
    const unsubscribe = this.client.subscribe(this.hear);
    const release = share(this.client);
    this.#stop = () => {
      release();
      unsubscribe();
    };
  }

  #leave(): void {
    clearTimeout(this.#leaving);
    if (this.#isProvided) this.#leaving = setTimeout(() => this.#rest(), LINGER);
    // What takes the place of the provider is mounted in the same task.
    else queueMicrotask(() => this.#rest());
  }

  #rest(): void {
    if (!this.isLingering) return;
    this.#stop?.();
    this.#stop = undefined;
    this.turned();
  }
}

/** How many run a client: two providers may have the same one, as a provider has before and after a change of locale. */
const shares = new WeakMap<Lastseen, number>();

/** Starts the client, which is stopped when every share has been given back by the function that is returned. */
function share(client: Lastseen): () => void {
  shares.set(client, (shares.get(client) ?? 0) + 1);
  client.start();
  return () => {
    const others = (shares.get(client) ?? 1) - 1;
    shares.set(client, others);
    if (!others) client.stop();
  };
}
