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

/** Asks the server that this page comes from. */
export async function ask<T>(method: string, path: string, token?: string, body?: object): Promise<T> {
  const answer = await fetch(path, {
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
