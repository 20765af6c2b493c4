/** The client of a Lastseen server, for browsers. The formatters are in `@lastseen/client/format`. */
export { Lastseen, type Listener } from "./client.js";
export { userOf } from "./tokens.js";
export type { Availability, Connection, Options, State, Token, UserId, UserStatus } from "./types.js";
