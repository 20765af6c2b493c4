import type { News, UserId, UserStatus } from "./types.js";

/** What changed, as tabs tell each other. */
export interface Changes {
  /** The set begins anew: whoever is not in `came` is offline. */
  readonly anew?: boolean;
  readonly came?: readonly UserId[];
  readonly went?: readonly UserId[];
  readonly statuses?: readonly UserStatus[];
}

/** What an answer says, as changes. */
export function changes(news: News): Changes {
  return news.online_users
    ? { anew: true, came: news.online_users }
    : { came: news.came_online, went: news.went_offline, statuses: news.changed };
}

/** Who is online, and what is known of whom. Ids are compared as text: `5` and `"5"` are the same user. */
export class Roster {
  readonly #online = new Map<string, UserId>();
  readonly #statuses = new Map<string, UserStatus>();
  /** Whose status object the server has told. */
  #told = new Set<string>();
  #sorted: readonly UserId[] | undefined;

  isOnline(id: UserId): boolean {
    return this.#online.has(String(id));
  }

  /** The same object for as long as nothing changes. */
  status(id: UserId): UserStatus {
    let status = this.#statuses.get(String(id));
    if (!status) this.#statuses.set(String(id), (status = unknown(id, this.isOnline(id))));
    return status;
  }

  /** Who is online, ascending; the same array for as long as nobody comes or goes. */
  get online(): readonly UserId[] {
    return (this.#sorted ??= [...this.#online.values()].sort((a, b) => (a < b ? -1 : 1)));
  }

  /** Whether all of the status is as the server told it. */
  isTold(id: UserId): boolean {
    return this.#told.has(String(id));
  }

  /** What was told of any but these may not be so any more: what happened since then was not. */
  doubt(but: readonly UserId[] = []): void {
    this.#told = new Set(but.filter((id) => this.isTold(id)).map(String));
  }

  /** The whole of it. */
  get all(): Changes {
    return { anew: true, came: this.online, statuses: [...this.#statuses.values()].filter(({ user_id }) => this.isTold(user_id)) };
  }

  /** Returns whose status is not as it was, by their ids as text. */
  apply({ anew, came = [], went = [], statuses = [] }: Changes): Set<string> {
    const changed = new Set<string>();
    if (anew) {
      this.doubt();
      const stay = new Set(came.map(String));
      went = [...this.#online.values()].filter((id) => !stay.has(String(id)));
    }
    for (const id of came) this.#move(id, true, changed);
    for (const id of went) this.#move(id, false, changed);
    for (const status of statuses) {
      this.#move(status.user_id, status.is_online, changed);
      this.#keep(status, changed);
    }
    return changed;
  }

  #move(id: UserId, is_online: boolean, changed: Set<string>): void {
    const key = String(id);
    if (this.#online.has(key) == is_online) return;
    if (is_online) this.#online.set(key, id);
    else this.#online.delete(key);
    this.#sorted = undefined;
    changed.add(key);
    this.#told.delete(key);
    const known = this.#statuses.get(key);
    // When they were last seen is not known until the server says it.
    if (known) this.#statuses.set(key, { ...known, is_online, status: onOrOff(is_online), last_seen: null });
  }

  #keep(status: UserStatus, changed: Set<string>): void {
    const key = String(status.user_id);
    this.#told.add(key);
    const known = this.#statuses.get(key);
    if (known && JSON.stringify(known) == JSON.stringify(status)) return;
    this.#statuses.set(key, status);
    changed.add(key);
  }
}

const onOrOff = (is_online: boolean) => (is_online ? "online" : "offline");

const unknown = (user_id: UserId, is_online: boolean): UserStatus => ({
  user_id,
  is_online,
  status: onOrOff(is_online),
  last_seen: null,
  availability: "available",
  text: null,
  emoji: null,
  expires_at: null,
});
