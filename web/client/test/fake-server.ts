import type { UserId, UserStatus } from "../src/types.js";

export interface Asked {
  readonly route: string;
  readonly query: URLSearchParams;
  readonly body: Record<string, unknown> | undefined;
  readonly token: string | null;
  readonly keepalive: boolean;
  readonly aborted: () => boolean;
  readonly at: number;
}

type Answer = Response | Promise<Response> | undefined;

/** A server in memory, as far as a client can tell: who is online, cursors, deltas, details. Users are numbers. */
export class FakeServer {
  readonly asked: Asked[] = [];
  heartbeat = 120;
  poll = 10;
  staleFor = 30;
  window = 300;
  /** By how much its clock is ahead. */
  ahead = 0;
  /** Takes the place of the answer. */
  instead: (asked: Asked) => Answer = () => undefined;
  readonly #history: { user: UserId; online: boolean }[] = [];
  readonly #statuses = new Map<UserId, Partial<UserStatus>>();
  #forgotten = 0;

  readonly fetch = async (url: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const { pathname, searchParams } = new URL(String(url), "http://server");
    const asked: Asked = {
      route: pathname.split("/").at(-1) ?? "",
      query: searchParams,
      body: init.body ? JSON.parse(String(init.body)) : undefined,
      token: new Headers(init.headers).get("Authorization"),
      keepalive: init.keepalive ?? false,
      aborted: () => init.signal?.aborted ?? false,
      at: Date.now(),
    };
    // Asked once by whoever leads: no test of the pace is to count it.
    if (asked.route != "config") this.asked.push(asked);
    const aborted = new Promise<never>((_, reject) => {
      init.signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
    });
    return Promise.race([this.instead(asked) ?? this.#answer(asked), aborted]);
  };

  routes(): string[] {
    return this.asked.map(({ route }) => route);
  }

  of(route: string): Asked[] {
    return this.asked.filter((asked) => asked.route == route);
  }

  comes(user: UserId): void {
    this.#history.push({ user, online: true });
  }

  goes(user: UserId): void {
    this.#history.push({ user, online: false });
  }

  says(user: UserId, status: Partial<UserStatus>): void {
    this.#statuses.set(user, { ...this.#statuses.get(user), ...status });
    this.#history.push({ user, online: this.#online().includes(user) });
  }

  /** Cursors from before get the full set. */
  forget(): void {
    this.#forgotten = this.#history.length;
  }

  #online(at = this.#history.length): UserId[] {
    const online = new Set<UserId>();
    for (const { user, online: is } of this.#history.slice(0, at)) is ? online.add(user) : online.delete(user);
    return [...online].sort((a, b) => +a - +b);
  }

  #status(user: UserId): UserStatus {
    const is_online = this.#online().includes(user);
    const nothing = { availability: "available", text: null, emoji: null, expires_at: null } as const;
    const seen = { last_seen: this.#time(), ...nothing, ...this.#statuses.get(user) };
    return { user_id: user, is_online, status: is_online ? "online" : "offline", ...seen };
  }

  #time(): string {
    return new Date(Date.now() + this.ahead).toISOString();
  }

  #answer({ route, body, query }: Asked): Response {
    switch (route) {
      case "heartbeat": {
        if (!this.#online().includes(1)) this.comes(1);
        const { since, ids } = (body ?? {}) as { since?: string; ids?: UserId[] };
        return json({
          ...(since && this.#news(since, ids)),
          ...{ user_id: 1, status: "online", last_activity: this.#time(), online_until: this.#time() },
          ...{ server_time: this.#time(), heartbeat_interval: this.heartbeat, poll_interval: this.poll },
        });
      }
      case "config":
        return json({ window: this.window, stale_for: this.staleFor });
      case "mark-offline":
        this.goes(1);
        return json({ user_id: 1, status: "offline", server_time: this.#time() });
      case "online-users": {
        const ids = query.getAll("ids").map(Number);
        return json({ ...this.#news(query.get("since"), ids.length ? ids : undefined), poll_interval: this.poll });
      }
      case "batch":
        return json({ users: (body?.["user_ids"] as UserId[]).map((user) => this.#status(user)) });
      default:
        return refusal(404);
    }
  }

  #news(since: string | null, ids?: UserId[]): object {
    const wanted = (user: UserId) => !ids || ids.includes(user);
    const online = this.#online().filter(wanted);
    const cursor = `at-${this.#history.length}`;
    const at = Number(since?.split("-")[1] ?? -1);
    if (at < this.#forgotten) return { online_users: online, count: online.length, cursor };
    const before = this.#online(at).filter(wanted);
    const moved = this.#history.slice(at).map(({ user }) => user);
    const changed = [...new Set(moved)].filter(wanted).map((user) => this.#status(user));
    return {
      came_online: online.filter((user) => !before.includes(user)),
      went_offline: before.filter((user) => !online.includes(user)),
      ...(ids && { changed }),
      cursor,
    };
  }
}

const json = (body: object): Response => Response.json(body);

export const refusal = (status: number, headers: Record<string, string> = {}): Response =>
  Response.json({ status }, { status, headers });

/** A token for a user, unsigned. */
export const tokenOf = (user_id: UserId): string => `e30.${btoa(JSON.stringify({ user_id }))}.`;
