import { now, shorten } from "./pace.js";
import type { Progress, Standing } from "./progress.js";
import { changes, type Changes, type Roster } from "./roster.js";
import { Failure, type Server } from "./server.js";
import type { Session } from "./session.js";
import type { Config, HeartbeatAnswer, News, UserId, UserStatus } from "./types.js";
import { fits, type Wishes } from "./watches.js";

export const HEARTBEAT = "/api/chat/heartbeat";
export const ONLINE_USERS = "/api/chat/online-users";
export const BATCH = "/api/user-status/batch";
export const CONFIG = "/api/chat/config";

/** How many users a batch may name. */
const MOST_IN_BATCH = 1000;

/** In bytes. */
const LONGEST_ID = 128;

/** What the questions work on. */
export interface Leader {
  readonly server: Server;
  readonly roster: Roster;
  readonly standing: Standing;
  session(): Session;
  wishes(): Wishes;
  /** Tells all tabs, this one too. */
  tell(changes: Changes): void;
  /** A poll was not answered as it should be. */
  failed(failure: Failure): void;
  /** The token is no good, and there is no other. */
  refused(): void;
}

/** What a leader asks the server, each question with what follows from its answer. */
export class Questions {
  readonly #leader: Leader;

  constructor(leader: Leader) {
    this.#leader = leader;
  }

  /** Narrows polls to what is wished for. A cursor is no good for users whom it did not stand for. */
  narrow(): void {
    const { everybody } = this.#leader.wishes();
    const watched = this.#watched();
    const ids = !everybody && fits(watched) ? watched : undefined;
    const before = this.#progress.ids;
    const covered = ids ? ids.every((id) => before?.includes(id)) : !before;
    if (!covered) this.#leader.standing.advance({ ids, cursor: undefined, aside: undefined, pollDue: 0 });
    this.#leader.roster.doubt(this.#progress.ids ?? watched);
  }

  /** A beat, which asks what a poll would if there is a cursor. */
  async beat(signal: AbortSignal): Promise<void> {
    const { server, roster } = this.#leader;
    const session = this.#leader.session();
    const progress = this.#progress;
    const watched = this.#watched();
    // Those who are offline say nothing that is shown.
    const aside = progress.ids ? undefined : [watched, watched.filter((id) => roster.isOnline(id))].find(fits);
    const ids = progress.ids ?? aside;
    let beatAt = 0;
    const answer = await from(aside ? progress.aside : progress.cursor, (since) => {
      beatAt = now();
      const body = { timestamp: session.stamp(), session_id: session.id, ...(since && { since, ids }) };
      return server.ask<HeartbeatAnswer>(HEARTBEAT, { body, signal });
    });
    session.correct(answer.server_time, beatAt);
    // The cadence is the server's.
    const heartbeat = interval(answer.heartbeat_interval, progress.heartbeat);
    const poll = interval(answer.poll_interval, progress.poll);
    const numeric = typeof answer.user_id == "number";
    this.#leader.standing.advance({ beatAt, beatDue: beatAt + shorten(heartbeat), heartbeat, poll, numeric });
    const { cursor, online_users, changed } = answer;
    if (cursor && !aside) return this.#learn(answer);
    if (online_users) roster.doubt();
    this.#apply({ statuses: changed }, cursor ? { aside: cursor } : {});
  }

  async poll(signal: AbortSignal): Promise<void> {
    const { cursor, ids = [] } = this.#progress;
    const answer = await from(cursor, (since) => {
      const query = new URLSearchParams(ids.map((id) => ["ids", String(id)]));
      if (since) query.set("since", since);
      return this.#leader.server.ask<News>(query.size ? `${ONLINE_USERS}?${query}` : ONLINE_USERS, { signal });
    });
    this.#learn(answer);
  }

  /** Asks for the whole status of watched users of whom the server has not told yet. */
  async details(signal: AbortSignal): Promise<void> {
    const ids = this.#watched().filter((id) => !this.#leader.roster.isTold(id));
    while (ids.length) {
      const body = { user_ids: ids.splice(0, MOST_IN_BATCH) };
      const { users } = await this.#leader.server.ask<{ users: UserStatus[] }>(BATCH, { body, signal });
      this.#apply({ statuses: users }, {});
    }
  }

  /** For how long answers are good: no longer than the server itself would go by them, nor than users stay online. */
  async config(signal: AbortSignal): Promise<void> {
    const { window, stale_for } = await this.#leader.server.ask<Config>(CONFIG, { signal });
    this.#apply({}, { goodFor: Math.min(stale_for, window) * 1000 });
  }

  /** Watched users, by ids of the server's kind; what cannot be one is left out. */
  #watched(): UserId[] {
    const { ids } = this.#leader.wishes();
    const numbers = ids.filter(isNumber);
    const { numeric = numbers.length } = this.#progress;
    return numeric ? numbers.map(Number) : ids.map(String).filter(isText);
  }

  #learn(news: News): void {
    const { cursor } = news;
    const { aside = cursor } = this.#progress;
    const poll = interval(news.poll_interval, this.#progress.poll);
    this.#apply(changes(news, this.#progress.ids), { poll, pollDue: now() + shorten(poll), cursor, aside });
  }

  #apply(changes: Changes, progress: Partial<Progress>): void {
    this.#leader.standing.advance(progress);
    this.#leader.tell(changes);
  }

  get #progress(): Progress {
    return this.#leader.standing.progress;
  }
}

/** In milliseconds what the server says in seconds, or what is known if it does not. */
const interval = (seconds = 0, known: number): number => (seconds > 0 ? seconds * 1000 : known);

const isNumber = (id: UserId): boolean => /^\d+$/.test(String(id)) && Number.isSafeInteger(+id);

const isText = (id: string): boolean => id != "" && new TextEncoder().encode(id).length <= LONGEST_ID;

/** Asks from a cursor on, or anew if the server does not know what it means. */
async function from<T>(cursor: string | undefined, ask: (since?: string) => Promise<T>): Promise<T> {
  try {
    return await ask(cursor);
  } catch (cause) {
    if (cursor && cause instanceof Failure && cause.status == 400) return ask();
    throw cause;
  }
}
