import { Lastseen, type Options } from "@lastseen/client";
import { Purse, type Tokens } from "./purse.js";

/** A client that asks its provider for the token. */
export class Provided extends Lastseen {
  readonly #purse: Purse;
  #hasHeard = false;

  constructor(options: Omit<Options, "token" | "getToken">, latest: () => Tokens) {
    const purse = new Purse(latest);
    super(Object.assign(purse.options(), options));
    this.#purse = purse;
    this.subscribe((changed) => {
      this.#hasHeard ||= changed.size > 0 || this.state == "live" || this.state == "stale";
    });
  }

  /** Whether anything was ever told of anybody: until then nobody's status need be looked up. */
  get hasHeard(): boolean {
    return this.#hasHeard;
  }

  override start(): void {
    this.#purse.start();
    super.start();
  }

  override signOut(): Promise<void> {
    return this.#purse.signOut(() => super.signOut());
  }

  protected override out(): void {
    this.#purse.signedOut();
    super.out();
  }
}
