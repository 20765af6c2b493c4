import type { components } from "./wire.gen.js";

type Schemas = components["schemas"];

/** The id of a user, as the server writes it: a number, or a string with `auth.user_id = "string"`. */
export type UserId = Schemas["UserId"];

/** What a user says of themselves. */
export type Availability = Schemas["Availability"];

/** A user's status as the server tells it. */
type ToldStatus = Readonly<Required<Schemas["UserStatus"]>>;

/**
 * What is known of a user; `unknown` before the server has told, and once what it told is too old. An object that has
 * been handed out never changes: a new one takes its place.
 */
export type UserStatus = Omit<ToldStatus, "status"> & { readonly status: ToldStatus["status"] | "unknown" };

/**
 * How it stands with the server. `connecting`: nothing is known yet. `live`: answers come. `stale`: they do not, and
 * what is known is a little old. `offline`: it was too old, so nothing is known; or the client does not run.
 * `refused`: the server does not take the token. `signed-out`: there is none.
 */
export type State = "connecting" | "live" | "stale" | "offline" | "refused" | "signed-out";

/** A state, and why: in English, for a developer to read; null where there is nothing to explain. */
export interface Connection {
  readonly state: State;
  readonly reason: string | null;
}

/** Whatever a poll may be answered with: the full set, or what changed since a cursor. */
export type News = Partial<Schemas["OnlineUsersReply"] & Omit<Schemas["DeltaReply"], "changed">> & {
  readonly changed?: readonly UserStatus[];
};

/** The answer to a beat, with whatever a poll would be answered if it asked. */
export type HeartbeatAnswer = Schemas["HeartbeatReply"] & News;

/** What clients are to keep to. */
export type Config = Schemas["ConfigReply"];

/** How a client is made. */
export interface Options {
  /** Where the server is; default: where the page comes from. */
  readonly url?: string;
  /** A token that lasts. */
  readonly token?: string;
  /**
   * Asked for a token at the start, unless there is one, and once more after each 401; given up after 30 s, and asked
   * again later. Nothing means: nobody is signed in.
   */
  readonly getToken?: () => Token | Promise<Token>;
  /**
   * Who the token is for, if neither `user_id` nor `sub` in it says so. All tabs of an origin in which this is
   * the same work together.
   */
  readonly user?: UserId;
  /** Mark the user offline when the last tab closes, also when it only loads another page. Default: false. */
  readonly leaveOnClose?: boolean;
  /** In place of the global `fetch`. */
  readonly fetch?: typeof fetch;
}

export type Token = string | null | undefined;
