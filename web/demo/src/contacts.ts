import { formatLastSeen, formatMoment, getStatusColor, COLORS } from "@lastseen/client/format";
import type { Lastseen, UserId, UserStatus } from "@lastseen/client";
import { Problem, type Account, type Visit } from "./api.js";
import { find, make, write } from "./page.js";

/** How often to look whether somebody has signed up. */
const LOOK = 10_000;

const AVAILABILITY: Record<string, string> = { away: "away", busy: "busy", dnd: "do not disturb" };

/** What a status says in words. */
export function inWords(status: UserStatus, now: number): string {
  if (status.status == "unknown") return "";
  const seen = formatLastSeen(status.last_seen, { now, online: status.is_online });
  return status.is_online ? (AVAILABILITY[status.availability] ?? seen) : seen;
}

/** Marks an element as a user's, for the style sheet to colour the dot in it. */
export function mark(element: HTMLElement, status: UserStatus, now: number): void {
  const isRecent = getStatusColor(status.last_seen, { now, online: status.is_online }) == COLORS.recent;
  set(element, "status", status.status == "offline" && isRecent ? "recent" : status.status);
  set(element, "availability", status.availability);
}

function set(element: HTMLElement, name: string, value: string): void {
  if (element.dataset[name] != value) element.dataset[name] = value;
}

/** The list of contacts, each row changing alone. */
export class Contacts {
  readonly #rows = new Map<string, HTMLLIElement>();
  readonly #list = find<HTMLUListElement>("#contacts");
  readonly #search = find<HTMLInputElement>("#search");
  readonly #timers: ReturnType<typeof setInterval>[];
  readonly #nobody = find("#nobody");
  readonly #noMatch = find("#no-match");
  #asked = 0;
  #unwatch = () => {};

  constructor(
    readonly client: Lastseen,
    readonly visit: Visit,
    readonly me: string,
  ) {
    this.#search.oninput = () => void this.#load();
    const looks = setInterval(() => document.visibilityState == "visible" && void this.#load(), LOOK);
    // Texts grow older though nothing happens.
    this.#timers = [looks, setInterval(() => this.update(this.#rows.keys()), 30_000)];
    void this.#load();
  }

  end(): void {
    this.#timers.forEach(clearInterval);
    this.#unwatch();
    this.#list.replaceChildren();
    this.#search.value = "";
    this.#nobody.hidden = this.#noMatch.hidden = true;
    write(find("#count"), "");
  }

  update(changed: Iterable<string>): void {
    for (const key of changed) this.#show(key);
    const online = [...this.#rows.keys()].filter((key) => this.client.isOnline(key)).length;
    const isKnown = this.#rows.size > 0 && ["live", "stale"].includes(this.client.state);
    write(find("#count"), isKnown ? `${online} of ${this.#rows.size} online` : "");
  }

  async #load(): Promise<void> {
    const asked = ++this.#asked;
    const names = await this.#names().catch(() => undefined);
    // Answers may come in another order than the questions.
    if (!names || asked != this.#asked) return;
    names.delete(this.me);
    for (const [key, row] of this.#rows) {
      if (names.has(key)) continue;
      row.remove();
      this.#rows.delete(key);
    }
    const before = this.#rows.size;
    for (const [key, name] of names) if (!this.#rows.has(key)) this.#rows.set(key, newRow(name));
    this.#arrange(names.keys());
    this.#sayNobody();
    if (before != this.#rows.size) {
      const unwatch = this.#unwatch;
      this.#unwatch = this.client.watch([this.me, ...this.#rows.keys()]);
      unwatch();
    }
    this.update(this.#rows.keys());
  }

  /** Puts the rows in this order. Those that are in their place stay, or their dots would pulse anew. */
  #arrange(keys: Iterable<string>): void {
    let next = this.#list.firstElementChild;
    for (const key of keys) {
      const row = this.#rows.get(key);
      if (!row) continue;
      if (row == next) next = next.nextElementSibling;
      else this.#list.insertBefore(row, next);
    }
  }

  #sayNobody(): void {
    const searched = this.#search.value;
    this.#nobody.hidden = this.#rows.size > 0 || searched != "";
    this.#noMatch.hidden = this.#rows.size > 0 || searched == "";
    write(this.#noMatch, `Nobody matches “${searched}”.`);
  }

  /** Who there is, by id; without accounts, whoever is online. */
  async #names(): Promise<Map<string, string>> {
    const query = new URLSearchParams({ limit: "150", q: this.#search.value });
    try {
      const { users } = await this.visit.ask<{ users: Account[] }>("GET", `/api/users?${query}`);
      return new Map(users.map((user) => [String(user.id), user.display_name ?? user.username]));
    } catch (cause) {
      if (!(cause instanceof Problem) || cause.status != 404) throw cause;
      const { online_users } = await this.visit.ask<{ online_users: UserId[] }>("GET", "/api/chat/online-users");
      const known = new Set([...this.#rows.keys(), ...online_users.map(String)]);
      return new Map([...known].map((key) => [key, `User ${key}`]));
    }
  }

  #show(key: string): void {
    const row = this.#rows.get(key);
    if (!row) return;
    const status = this.client.status(key);
    const now = this.client.now();
    mark(row, status, now);
    const seen = find(".seen", row);
    write(seen, inWords(status, now));
    seen.title = status.status == "offline" ? formatMoment(status.last_seen, { now }) : "";
    write(find(".says", row), [status.emoji, status.text].filter(Boolean).join(" "));
  }
}

function newRow(name: string): HTMLLIElement {
  const row = make("li");
  const face = make("span", "face", [...name][0]?.toUpperCase());
  face.setAttribute("aria-hidden", "true");
  face.append(make("span", "dot"));
  const words = make("div");
  words.append(make("div", "name", name), make("div", "says"));
  row.append(face, words, make("div", "seen"));
  return row;
}
