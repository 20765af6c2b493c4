import type { UserId } from "./types.js";

/** What a tab wants to know: of everybody, or of some users. */
export interface Wishes {
  /** Who is online, of everybody. */
  readonly everybody: boolean;
  /** These users' whole status. */
  readonly ids: readonly UserId[];
}

/** Counts who is watched, for a user may be on the page twice. */
export class Watches {
  #everybody = 0;
  readonly #watched = new Map<string, { id: UserId; times: number }>();

  /** One more, or one less, who watches them; without ids, everybody. */
  count(ids: readonly UserId[] | undefined, one: 1 | -1): void {
    if (!ids) this.#everybody += one;
    for (const id of ids ?? []) {
      const times = (this.#watched.get(String(id))?.times ?? 0) + one;
      if (times) this.#watched.set(String(id), { id, times });
      else this.#watched.delete(String(id));
    }
  }

  get wishes(): Wishes {
    // Who watches nobody follows everybody.
    const everybody = this.#everybody > 0 || !this.#watched.size;
    return { everybody, ids: [...this.#watched.values()].map(({ id }) => id) };
  }
}

/** What several tabs want to know together. */
export function together(all: readonly Wishes[]): Wishes {
  // Mostly there is one tab, and it may watch thousands.
  if (all.length == 1) return all[0] as Wishes;
  const watches = new Watches();
  for (const { everybody, ids } of all) {
    watches.count(ids, 1);
    if (everybody) watches.count(undefined, 1);
  }
  return watches.wishes;
}

/** As many as the server takes in a poll, and as fit into a URL everywhere. */
const MOST_IDS = 200;
const LONGEST_IDS = 4000;

/** Whether a poll can be narrowed to these users. */
export const fits = (ids: readonly UserId[]): boolean =>
  ids.length > 0 && ids.length <= MOST_IDS && ids.join("&ids=").length <= LONGEST_IDS;
