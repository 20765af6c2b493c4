import type { Options, Token } from "./types.js";

/** The token, kept until the server refuses it. */
export class Tokens {
  #token: Token;

  constructor(readonly options: Options) {}

  /** At once if there is one: a goodbye must be on its way before the page is gone. */
  get current(): Token {
    return this.options.token ?? this.#token;
  }

  /** Asks for another one; nothing if there is nobody to ask, or nobody is signed in. */
  async renew(): Promise<Token> {
    return (this.#token = await this.options.getToken?.());
  }

  forget(): void {
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
