import { signOutTabs } from "./channel.js";
import { Alarm, backoff, now, Soon } from "./pace.js";
import { BEGINNING, Standing, type Told } from "./progress.js";
import { Roster, type Changes } from "./roster.js";
import { Rounds } from "./rounds.js";
import { Server } from "./server.js";
import { Session } from "./session.js";
import { Tabs } from "./tabs.js";
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
  readonly #wishing = new Soon(() => {
    this.#tabs?.wish();
    this.#rounds.hurry();
  });
  /** From start to stop. */
  #run: AbortController | undefined;
  readonly #opening = new Alarm(() => void this.#open());
  /** How often no token could be had, in a row. */
  #failures = 0;

  constructor(options: Options = {}) {
    const { url = "", fetch = globalThis.fetch } = options;
    this.#options = options;
    this.#tokens = new Tokens(options);
    this.#server = new Server(url.replace(/\/+$/, ""), this.#tokens, fetch);
    this.#rounds = new Rounds({
      server: this.#server,
      roster: this.#roster,
      standing: this.#standing,
      // Only those who have one lead.
      session: () => this.#session as Session,
      wishes: () => together(this.#tabs?.wishes ?? []),
      tell: (changes) => {
        this.#tabs?.tell(this.#told(changes));
        this.#apply(changes);
      },
      refused: () => this.#refused(),
    });
  }

  /** Starts to beat and to poll. Does nothing if it has been started, or where there is no page. */
  start(): void {
    if (this.#run || typeof document == "undefined") return;
    this.#run = new AbortController();
    void this.#open();
  }

  /** Stops, and aborts what is in flight. The user stays online until the server's window has passed. */
  stop(): void {
    this.#run?.abort();
    this.#run = this.#tabs = undefined;
    this.#opening.clear();
    this.#tokens.discard();
  }

  /**
   * Stops all tabs of this user and marks them offline. The request is on its way when this returns, and arrives
   * even if the page is closed then; the promise waits for the answer, and never fails.
   */
  async signOut(): Promise<void> {
    const goodbye = this.#leave(true).catch(() => console.warn(`Lastseen: ${MARK_OFFLINE} was not answered.`));
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
    this.#wishing.ask();
    let watching = true;
    return () => {
      if (!watching) return;
      watching = false;
      this.#watches.count(watched, -1);
      this.#wishing.ask();
    };
  }

  /** Begins once there is a token, which is asked for until there is an answer. */
  async #open(): Promise<void> {
    const run = this.#run;
    try {
      const token = await (this.#tokens.current ?? this.#tokens.renew());
      if (this.#run != run) return;
      this.#failures = 0;
      if (run && token) this.#join(token, run.signal);
      else this.#refused();
    } catch {
      if (this.#run == run) this.#opening.set(now() + backoff(this.#failures++, 0));
    }
  }

  #join(token: string, signal: AbortSignal): void {
    const session = this.#sessionOf(token);
    if (this.#session && this.#session != session) this.#forget();
    this.#session = session;
    this.#tabs = new Tabs(session.key, this.#rounds, {
      wishes: () => this.#watches.wishes,
      everything: () => this.#told(this.#roster.all),
      told: ({ changes, progress }) => {
        this.#standing.progress = progress;
        this.#apply(changes);
      },
      out: () => this.out(),
      last: this.#options.leaveOnClose && (() => this.#close()),
    });
    this.#tabs.open(signal);
  }

  #sessionOf(token: string): Session {
    const key = `lastseen ${this.#server.url} ${this.#tokens.userOf(token)}`;
    return this.#session?.key == key ? this.#session : new Session(key);
  }

  #told(changes: Changes): Told {
    return { changes, progress: this.#standing.progress };
  }

  #apply(changes: Changes): void {
    const changed = this.#roster.apply(changes);
    if (!changed.size) return;
    for (const listener of [...this.#listeners]) {
      try {
        listener(changed);
      } catch (error) {
        // What goes wrong in the page is the page's, and no reason to stop here.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /** The token is no good. If it was, and there is one of another user by now, it begins anew. */
  #refused(): void {
    this.stop();
    const token = this.#tokens.current;
    if (token && this.#standing.progress.beatAt && this.#sessionOf(token) != this.#session) return this.start();
    this.#end();
    console.warn("Lastseen: stopped, no valid token.");
  }

  /** Called when the user has signed out in another tab. */
  protected out(): void {
    this.#end();
  }

  /** Stops, and forgets whose presence it was. */
  #end(): void {
    this.stop();
    this.#tokens.forget();
    this.#forget();
  }

  #forget(): void {
    this.#standing.progress = BEGINNING;
    this.#apply({ anew: true });
  }

  #close(): void {
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
