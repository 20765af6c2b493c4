import type { Options, Token } from "@lastseen/client";
import { isSpent, spend } from "./spent.js";

/** What a provider is given now. */
export interface Tokens {
  readonly token?: Token;
  readonly getToken?: Options["getToken"];
}

/** Which token a client goes by: the provider's, until it is refused. */
export class Purse {
  readonly #latest: () => Tokens;
  /** The provider's last one that the client has had. */
  #given: Token;
  /** That one, until getToken was asked: the client may be about to take it. */
  #sure: string | undefined;
  /** What the provider had at the sign-out, until the client starts again: by now somebody else may be there. */
  #left: Tokens | undefined;
  /** What a goodbye that is on its way out goes with. */
  #goodbye: string | undefined;

  constructor(latest: () => Tokens) {
    this.#latest = latest;
  }

  /** The client looks at these whenever it needs a token. */
  options(): Pick<Options, "token" | "getToken"> {
    const purse = this;
    return {
      get token() {
        return purse.#goodbye;
      },
      get getToken() {
        // A goodbye cannot wait: the page may be gone.
        return purse.#goodbye ? undefined! : () => purse.#ask();
      },
    };
  }

  start(): void {
    this.#left = undefined;
  }

  /** Has `leave` say goodbye with the newest token there is. */
  signOut<T>(leave: () => T): T {
    const { token } = (this.#left = this.#latest());
    this.#goodbye = this.#fresh() ?? this.#sure;
    const left = leave();
    this.#goodbye = undefined;
    spend(token);
    return left;
  }

  /** The user has signed out in another tab, where the provider there has the same. */
  signedOut(): void {
    spend(this.#latest().token);
  }

  /** The provider's token, unless the client has had it. */
  #fresh(): string | undefined {
    const { token } = this.#left ?? this.#latest();
    if (!token || token == this.#given || this.#isSpent(token)) return undefined;
    return (this.#given = this.#sure = token);
  }

  /** Called for the first token, and when one was refused. */
  async #ask(): Promise<Token> {
    const fresh = this.#fresh();
    if (fresh) return fresh;
    const { token, getToken } = this.#left ?? this.#latest();
    if (this.#isSpent(token)) return undefined;
    if (!getToken) return token;
    this.#sure = undefined;
    const other = await getToken();
    // The provider may have got one meanwhile.
    return this.#fresh() ?? other;
  }

  #isSpent(token: Token): boolean {
    return !this.#left && isSpent(token);
  }
}
