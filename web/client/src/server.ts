import { patiently } from "./pace.js";
import type { Tokens } from "./tokens.js";

/** A request that did not succeed. `status` is 0 when there was no answer. */
export class Failure extends Error {
  constructor(
    readonly status: number,
    /** What the server asked to wait, in milliseconds. */
    readonly retryAfter = 0,
  ) {
    super();
  }
}

interface Question {
  readonly body?: object;
  readonly signal?: AbortSignal;
  /**
   * The token of who leaves, which is nobody's any more when this is answered. The request arrives even if the page
   * is gone. A browser allows 64 KiB of these at a time.
   */
  readonly goodbye?: string;
}

/** Requests with a token. */
export class Server {
  readonly #tokens: Tokens;
  readonly #fetch: typeof globalThis.fetch;
  /** How old the last answer was when it came, in milliseconds: the server goes on for a while without its store. */
  age = 0;

  constructor(
    readonly url: string,
    tokens: Tokens,
    fetch: typeof globalThis.fetch,
  ) {
    this.#tokens = tokens;
    this.#fetch = fetch;
  }

  /**
   * Sends the request before it returns; there has to be a token. After a 401 it asks for another token of the same
   * user, once. Throws a `Failure`, or whatever `getToken` throws.
   */
  async ask<T>(path: string, question: Question = {}): Promise<T> {
    const tokens = this.#tokens;
    const token = (question.goodbye ?? tokens.current) as string;
    let [answer, text] = await this.#send(path, token, question);
    if (answer.status == 401) {
      const other = await (question.goodbye ? tokens.another() : tokens.renew());
      if (other && tokens.userOf(other) == tokens.userOf(token)) [answer, text] = await this.#send(path, other, question);
    }
    if (!answer.ok) throw new Failure(answer.status, retryAfter(answer));
    this.age = Number(answer.headers.get("Age")) * 1000;
    return JSON.parse(text);
  }

  async #send(path: string, token: string, { body, signal, goodbye }: Question): Promise<[Response, string]> {
    const end = new AbortController();
    const abort = () => end.abort();
    signal?.addEventListener("abort", abort);
    // Called without an object: a browser's fetch refuses any other than the window.
    const fetch = this.#fetch;
    try {
      signal?.throwIfAborted();
      const asked = fetch(this.url + path, {
        method: body ? "POST" : "GET",
        headers: { Authorization: "Bearer " + token, ...(body && { "Content-Type": "application/json" }) },
        body: body && JSON.stringify(body),
        // A full answer that is known already is a 304 on the wire.
        cache: "no-cache",
        keepalive: !!goodbye,
        signal: end.signal,
      });
      return await patiently(asked.then(async (answer) => [answer, await answer.text()]));
    } catch {
      abort();
      throw new Failure(0);
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }
}

/** `Retry-After`: seconds, or a date. */
function retryAfter(answer: Response): number {
  const value = answer.headers.get("Retry-After") ?? "";
  return Math.max(0, isNaN(+value) ? Date.parse(value) - Date.now() : +value * 1000) || 0;
}
