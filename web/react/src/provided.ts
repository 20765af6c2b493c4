import { Lastseen, type Options, type Token } from "@lastseen/client";

/** What a provider is given now. */
export interface Tokens {
  readonly token?: Token;
  readonly getToken?: Options["getToken"];
}

/** A client that asks its provider for the token. */
export class Provided extends Lastseen {
  readonly #latest: () => Tokens;
  /** What it signed out with: a page that still has it, on its way to the login, is not online by it. */
  #spent: Token;

  constructor(options: Omit<Options, "token" | "getToken">, latest: () => Tokens) {
    let given: Token;
    const getToken = () => {
      const { token, getToken } = latest();
      // It has no use for the one that it was given before.
      if (getToken && (!token || token == given || token == this.#spent)) return getToken();
      return token == this.#spent ? undefined : (given = token);
    };
    super({ ...options, token: undefined, getToken });
    this.#latest = latest;
  }

  override signOut(): Promise<void> {
    this.#spent = this.#latest().token;
    return super.signOut();
  }
}
