import type { components } from "./wire.gen.js";

type Schemas = components["schemas"];

/** The id of a user, as the server writes it: a number, or a string with `auth.user_id = "string"`. */
export type UserId = Schemas["UserId"];

/** What a user says of themselves. */
export type Availability = Schemas["Availability"];

/** What is known of a user. An object that has been handed out never changes: a new one takes its place. */
export type UserStatus = Readonly<Required<Schemas["UserStatus"]>>;

/** Whatever a poll may be answered with: the full set, or what changed since a cursor. */
export type News = Partial<Schemas["OnlineUsersReply"] & Omit<Schemas["DeltaReply"], "changed">> & {
  readonly changed?: readonly UserStatus[];
};

/** The answer to a beat, with whatever a poll would be answered if it asked. */
export type HeartbeatAnswer = Schemas["HeartbeatReply"] & News;

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
