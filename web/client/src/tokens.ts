import { patiently } from "./pace.js";
import type { Options, Token } from "./types.js";

/** The token, kept until the server refuses it. */
export class Tokens {
  readonly #options: Options;
  #token: Token;
  /** The answer that is waited for: the newest. */
  #asked: Promise<Token> | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.#token = options.token;
  }

  /** At once if there is one: a goodbye must be on its way before the page is gone. */
  get current(): Token {
    const { token, getToken } = this.#options;
    return getToken ? this.#token : token;
  }

  /** Asks for another one; nothing if there is nobody to ask, or nobody is signed in. */
  async another(): Promise<Token> {
    return patiently(this.#options.getToken?.());
  }

  /** Asks for another one, and keeps it. */
  async renew(): Promise<Token> {
    const asked = (this.#asked = this.another());
    const token = await asked;
    if (this.#asked == asked) this.#token = token;
    return token;
  }

  /** Does not keep what has been asked for until now: when it comes, another user may be there. */
  discard(): void {
    this.#asked = undefined;
  }

  userOf(token: string): string {
    return String(this.#options.user ?? userOf(token));
  }

  forget(): void {
    this.discard();
    this.#token = undefined;
  }
}

/** Whom a token is for. Not verified, for nothing depends on it but which tabs work together. */
export function userOf(token: string): string {
  try {
    const payload = token.split(".")[1] ?? "";
    const claims = JSON.parse(atob(payload.replace(/-/g, "+").replace(/_/g, "/")));
    return String(claims.user_id ?? claims.sub ?? token);
  } catch {
    return token;
  }
}
