import type { News, UserId, UserStatus } from "./types.js";

/** What changed, as tabs tell each other. */
export interface Changes {
  /** The set begins anew: whoever is not in `came` is offline, of everybody or of those in `of`. */
  readonly anew?: boolean;
  readonly of?: readonly UserId[] | undefined;
  readonly came?: readonly UserId[];
  readonly went?: readonly UserId[];
  readonly statuses?: readonly UserStatus[];
}

/** What an answer says, as changes; it is about everybody, or about those in `of`. */
export function changes(news: News, of?: readonly UserId[]): Changes {
  return news.online_users
    ? { anew: true, of, came: news.online_users }
    : { came: news.came_online, went: news.went_offline, statuses: news.changed };
}

/** Who is online, and what is known of whom. Ids are compared as text: `5` and `"5"` are the same user. */
export class Roster {
  readonly #online = new Map<string, UserId>();
  readonly #statuses = new Map<string, UserStatus>();
  /** Of whom it is known whether they are online: of nobody, of these, or of everybody. */
  #known: "nobody" | "everybody" | readonly UserId[] = "nobody";
  #isKnown = (_: string): boolean => false;
  /** Whose status object the server has told. */
  #told = new Set<string>();
  #sorted: readonly UserId[] | undefined;

  isOnline(id: UserId): boolean {
    return this.#online.has(String(id));
  }

  /** The same object for as long as nothing changes. */
  status(id: UserId): UserStatus {
    let status = this.#statuses.get(String(id));
    if (!status) this.#statuses.set(String(id), (status = this.#plain(id)));
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
    if (this.#known == "nobody") return {};
    const of = this.#known == "everybody" ? undefined : this.#known;
    const statuses = [...this.#statuses.values()].filter(({ user_id }) => this.isTold(user_id));
    return { anew: true, of, came: this.online, statuses };
  }

  /** Forgets all of it. Returns whose status is not as it was, `watched` ones included. */
  forget(watched: readonly UserId[]): Set<string> {
    const changed = this.#know("nobody", watched);
    for (const key of this.#online.keys()) changed.add(key);
    this.#online.clear();
    this.#sorted = undefined;
    this.doubt();
    return changed;
  }

  /** Returns whose status is not as it was, by their ids as text; `watched` are users who may be shown somewhere. */
  apply({ anew, of, came = [], went = [], statuses = [] }: Changes, watched: readonly UserId[] = []): Set<string> {
    const changed = anew ? this.#know(of ?? "everybody", watched) : new Set<string>();
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

  /** Takes note of whom the set is about from now on. Returns of whom it was known and is not, or the other way round. */
  #know(known: "nobody" | "everybody" | readonly UserId[], watched: readonly UserId[]): Set<string> {
    const was = this.#isKnown;
    const keys = new Set(typeof known == "string" ? [] : known.map(String));
    this.#known = known;
    this.#isKnown = typeof known == "string" ? () => known == "everybody" : (key) => keys.has(key);
    const turned = [...this.#statuses.keys(), ...watched.map(String)].filter((key) => was(key) != this.#isKnown(key));
    for (const key of turned) this.#statuses.delete(key);
    return new Set(turned);
  }

  /** What is known of somebody of whom the server has told no more than that they are online, if that. */
  #plain(user_id: UserId): UserStatus {
    const is_online = this.isOnline(user_id);
    const status = is_online || this.#isKnown(String(user_id)) ? onOrOff(is_online) : "unknown";
    const nothing = { availability: "available", text: null, emoji: null, expires_at: null } as const;
    return { user_id, is_online, status, last_seen: null, ...nothing };
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
