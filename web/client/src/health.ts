import { Alarm, isDue, now } from "./pace.js";
import type { Heard } from "./progress.js";
import type { Connection, State } from "./types.js";

/** Says how it stands with the server, and sees to it that nothing is believed for too long. */
export class Health {
  connection: Connection = { state: "connecting", reason: null };
  /** When the server last answered, less how old its answer was. */
  #heardAt = 0;
  readonly #goodFor: () => number;
  readonly #forget: () => void;
  readonly #aging = new Alarm(() => this.look());

  /** `forget` is called when what was heard is older than `goodFor` milliseconds. */
  constructor(goodFor: () => number, forget: () => void) {
    this.#goodFor = goodFor;
    this.#forget = forget;
  }

  /** How old what is known is, in milliseconds; nothing if nothing is. */
  get age(): number | undefined {
    return this.#heardAt ? now() - this.#heardAt : undefined;
  }

  /** Takes note of it, and says whether the state is another. */
  heard({ age, reason }: Heard): boolean {
    const { state } = this.connection;
    if (age === undefined) return this.become(state == "live" ? "stale" : state, reason);
    this.#heardAt = now() - age;
    this.guard();
    return this.become(reason ? "stale" : "live", reason);
  }

  /** Watches over what is known from now on. */
  guard(): void {
    this.look();
    if (this.#heardAt) this.#aging.set(this.#heardAt + this.#goodFor());
  }

  /** No more: where nothing runs, no timer does. Whoever asks what is known has to `look` first. */
  rest(): void {
    this.#aging.clear();
  }

  /** Forgets what is known if it is too old. */
  look(): void {
    const goodFor = this.#goodFor();
    if (!this.#heardAt || !isDue(this.#heardAt + goodFor, goodFor)) return;
    this.become("offline", this.connection.reason ?? "nothing was heard of the server for too long");
    this.#forget();
  }

  /** Nothing is known any more. */
  forgotten(): void {
    this.#heardAt = 0;
    this.rest();
  }

  become(state: State, reason: string | null = null): boolean {
    const before = this.connection;
    if (before.state == state && before.reason == reason) return false;
    this.connection = { state, reason };
    return true;
  }
}
