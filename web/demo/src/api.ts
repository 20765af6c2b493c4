import type { components } from "../../client/src/wire.gen.js";

type Schemas = components["schemas"];
export type Account = Schemas["User"];
export type Login = Schemas["LoginReply"];
export type OwnStatus = Schemas["OwnUserStatus"];

/** What a server said no with, in words for people. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    detail: string,
  ) {
    super(detail);
  }
}

/** The path that the server is under, without a slash at the end: this file is one folder below. */
export const BASE = new URL("..", import.meta.url).pathname.slice(0, -1);

/** Asks the server that this page comes from. */
export async function ask<T>(method: string, path: string, token?: string, body?: object): Promise<T> {
  const answer = await fetch(BASE + path, {
    method,
    headers: {
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(body && { "Content-Type": "application/json" }),
    },
    body: body && JSON.stringify(body),
  }).catch(() => {
    throw new Problem(0, "The server does not answer.");
  });
  const said = answer.status == 204 ? undefined : await answer.json().catch(() => undefined);
  if (!answer.ok) throw new Problem(answer.status, said?.detail ?? said?.title ?? `The server said ${answer.status}.`);
  return said;
}

/** Asks as somebody who is signed in, until `end`. */
export class Visit {
  #isOver = false;

  constructor(
    readonly token: string,
    /** Called when the server does not take the token: there is no use in asking on. */
    readonly refused: () => void,
  ) {}

  /** As above. What is answered after the end is nobody's: by then the page may be somebody else's. */
  ask<T>(method: string, path: string, body?: object): Promise<T> {
    return new Promise((resolve, reject) => {
      ask<T>(method, path, this.token, body).then(
        (said) => this.#isOver || resolve(said),
        (cause) => {
          if (this.#isOver) return;
          if (cause instanceof Problem && cause.status == 401) this.refused();
          else reject(cause);
        },
      );
    });
  }

  end(): void {
    this.#isOver = true;
  }
}
