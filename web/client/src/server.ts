import type { Tokens } from "./tokens.js";

/** A request that did not succeed. `status` is 0 when there was no answer. */
export class Failure extends Error {
  constructor(
    readonly status: number,
    /** What the server asked to wait, in milliseconds. */
    readonly retryAfter?: number,
  ) {
    super(status ? `the server answered ${status}` : "the server did not answer");
  }
}

/** How long to wait for an answer. After a sleep of the machine it is over at once. */
const PATIENCE = 30_000;

interface Question {
  readonly body?: object;
  readonly signal?: AbortSignal;
  /** Whether it is to arrive even if the page is gone. A browser allows 64 KiB of these at a time. */
  readonly keepalive?: boolean;
}

/** Requests with a token. */
export class Server {
  constructor(
    readonly url: string,
    readonly tokens: Tokens,
    readonly fetch: typeof globalThis.fetch,
  ) {}

  /**
   * Sends the request before it returns, if there is a token. After a 401 it asks for another token, once.
   * Throws a `Failure`, or whatever `getToken` throws.
   */
  async ask<T>(path: string, question: Question = {}): Promise<T> {
    let token = this.tokens.current ?? (await this.tokens.renew());
    for (let first = true; token; first = false) {
      const [answer, text] = await this.#send(path, token, question);
      if (answer.ok) return JSON.parse(text);
      if (answer.status != 401 || !first) throw new Failure(answer.status, retryAfter(answer));
      token = await this.tokens.renew();
    }
    throw new Failure(401);
  }

  async #send(path: string, token: string, { body, signal, keepalive }: Question): Promise<[Response, string]> {
    const end = new AbortController();
    const abort = () => end.abort();
    const timer = setTimeout(abort, PATIENCE);
    signal?.addEventListener("abort", abort);
    try {
      signal?.throwIfAborted();
      // Called without an object: a browser's fetch refuses any other than the window.
      const { fetch } = this;
      const answer = await fetch(this.url + path, {
        method: body ? "POST" : "GET",
        headers: { Authorization: "Bearer " + token, ...(body && { "Content-Type": "application/json" }) },
        body: body && JSON.stringify(body),
        // A full answer that is known already is a 304 on the wire.
        cache: "no-cache",
        keepalive,
        signal: end.signal,
      });
      return [answer, await answer.text()];
    } catch {
      throw new Failure(0);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  }
}

/** `Retry-After`: seconds, or a date. */
function retryAfter(answer: Response): number | undefined {
  const value = answer.headers.get("Retry-After");
  if (!value) return undefined;
  const wait = isNaN(+value) ? Date.parse(value) - Date.now() : +value * 1000;
  return wait > 0 ? wait : undefined;
}
