import { Alarm, backoff, now } from "./pace.js";
import { Standing, type Told } from "./progress.js";
import { Roster, type Changes } from "./roster.js";
import { Rounds } from "./rounds.js";
import { Server } from "./server.js";
import { Session } from "./session.js";
import { signOutTabs, Tabs } from "./tabs.js";
import { Tokens } from "./tokens.js";
import type { Options, UserId, UserStatus } from "./types.js";
import { together, Watches } from "./watches.js";

/** Called with the ids, as text, of those whose status is not as it was. */
export type Listener = (changed: ReadonlySet<string>) => void;

const MARK_OFFLINE = "/api/chat/mark-offline";

/**
 * Says "I am here" for as long as it runs and the page is visible, and knows who else is.
 *
 * All tabs of a user on an origin share one session, and one of them does the work for all.
 */
export class Lastseen {
  readonly #options: Options;
  readonly #tokens: Tokens;
  readonly #server: Server;
  readonly #roster = new Roster();
  readonly #watches = new Watches();
  readonly #listeners = new Set<Listener>();
  readonly #standing = new Standing();
  readonly #rounds: Rounds;
  #session: Session | undefined;
  #tabs: Tabs<Told> | undefined;
  #wishing = false;
  /** From start to stop. */
  #run: object | undefined;
  readonly #opening = new Alarm(() => void this.#open());
  /** How often no token could be had, in a row. */
  #failures = 0;
  /** Whether it has begun anew for another user, and had no answer since. */
  #anew = false;

  constructor(options: Options = {}) {
    const { url = "", fetch = globalThis.fetch } = options;
    this.#options = options;
    this.#tokens = new Tokens(options);
    this.#server = new Server(url.replace(/\/+$/, ""), this.#tokens, fetch);
    this.#rounds = new Rounds(
      {
        server: this.#server,
        roster: this.#roster,
        standing: this.#standing,
        // Only those who have one lead.
        session: () => this.#session as Session,
        wishes: () => together(this.#tabs?.wishes ?? []),
        tell: (changes) => {
          this.#anew = false;
          this.#tabs?.tell({ changes, progress: this.#standing.progress });
          this.#apply(changes);
        },
      },
      () => this.#refused(),
    );
  }

  /** Starts to beat and to poll. Does nothing if it has been started, or where there is no page. */
  start(): void {
    if (this.#run || typeof document == "undefined") return;
    this.#run = {};
    void this.#open();
  }

  /** Stops, and aborts what is in flight. The user stays online until the server's window has passed. */
  stop(): void {
    this.#run = undefined;
    this.#opening.clear();
    this.#tokens.discard();
    this.#tabs?.close();
    this.#tabs = undefined;
  }

  /**
   * Stops all tabs of this user and marks them offline. The request is on its way when this returns, and arrives
   * even if the page is closed then; the promise waits for the answer, and never fails.
   */
  async signOut(): Promise<void> {
    const goodbye = this.#leave(true).catch(() => console.warn("Lastseen: the goodbye was not answered."));
    this.#end();
    await goodbye;
  }

  /** Calls `listener` when somebody's status changes, until the function that is returned is called. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Whether they are online, as far as is known; of users beside the watched ones, see `watch`. */
  isOnline(id: UserId): boolean {
    return this.#roster.isOnline(id);
  }

  /** What is known of them: the same object for as long as nothing changes. */
  status(id: UserId): UserStatus {
    return this.#roster.status(id);
  }

  /** Who is online, ascending: the same array for as long as nobody comes or goes. See `watch`. */
  get online(): readonly UserId[] {
    return this.#roster.online;
  }

  /** The server's time as far as it is known, in milliseconds: what ages of its times are told by. */
  now(): number {
    return this.#session?.now() ?? Date.now();
  }

  /**
   * Asks for the whole status of these users, until the function that is returned is called. While there are 200
   * at most, polls are narrowed to them, and nothing is learnt of others. Without ids it asks for everybody who is
   * online, as a client does that watches nobody.
   */
  watch(ids?: Iterable<UserId>): () => void {
    const watched = ids && [...ids];
    this.#watches.count(watched, 1);
    this.#wish();
    let watching = true;
    return () => {
      if (!watching) return;
      watching = false;
      this.#watches.count(watched, -1);
      this.#wish();
    };
  }

  /** Begins once there is a token, which is asked for until there is an answer. */
  async #open(): Promise<void> {
    const run = this.#run;
    try {
      const token = await (this.#tokens.current ?? this.#tokens.renew());
      if (this.#run != run) return;
      this.#failures = 0;
      if (token) this.#join(token);
      else this.#refused();
    } catch {
      if (this.#run == run) this.#opening.set(now() + backoff(this.#failures++));
    }
  }

  #join(token: string): void {
    const session = this.#sessionOf(token);
    if (this.#session && this.#session != session) this.#forget();
    this.#session = session;
    this.#tabs = new Tabs(session.key, this.#rounds, {
      wishes: () => this.#watches.wishes,
      everything: () => ({ changes: this.#roster.all, progress: this.#standing.progress }),
      told: ({ changes, progress }) => {
        this.#standing.progress = progress;
        this.#apply(changes);
      },
      out: () => this.#end(),
      leave: (others) => this.#close(others),
    });
    this.#tabs.open();
  }

  #sessionOf(token: string): Session {
    const key = `lastseen ${this.#server.url} ${this.#tokens.userOf(token)}`;
    return this.#session?.key == key ? this.#session : new Session(key);
  }

  #apply(changes: Changes): void {
    const changed = this.#roster.apply(changes);
    if (!changed.size) return;
    for (const listener of [...this.#listeners]) {
      try {
        listener(changed);
      } catch (error) {
        // What goes wrong in the page is the page's, and no reason to stop here.
        reportError(error);
      }
    }
  }

  /** Many are watched at a time, as a page comes and goes: the others are told once. */
  #wish(): void {
    if (this.#wishing) return;
    this.#wishing = true;
    queueMicrotask(() => {
      this.#wishing = false;
      this.#tabs?.wish();
      this.#rounds.hurry();
    });
  }

  /** The token is no good. If there is one of another user by now, it begins anew. */
  #refused(): void {
    this.stop();
    const token = this.#tokens.current;
    const anew = token && this.#sessionOf(token) != this.#session;
    if (anew && !this.#anew) {
      this.#anew = true;
      return this.start();
    }
    this.#end();
    console.warn("Lastseen: stopped, for there is no valid token.");
  }

  /** Stops, and forgets whose presence it was. */
  #end(): void {
    this.stop();
    this.#tokens.forget();
    this.#forget();
  }

  #forget(): void {
    this.#standing.beginAnew();
    this.#apply({ anew: true });
  }

  #close(others: boolean): void {
    if (!this.#options.leaveOnClose || others) return;
    // If the page comes back, it beats at once.
    this.#standing.advance({ beatAt: 0 });
    this.#leave().catch(() => {});
  }

  async #leave(everywhere = false): Promise<void> {
    const token = this.#tokens.current ?? (await this.#tokens.another());
    if (!token) return;
    const session = this.#sessionOf(token);
    if (everywhere) signOutTabs(session.key);
    const body = { timestamp: session.stamp(), session_id: session.id };
    await this.#server.ask(MARK_OFFLINE, { body, goodbye: token });
  }
}
