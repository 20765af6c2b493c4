import { signOutTabs } from "./channel.js";
import { Health } from "./health.js";
import { Alarm, backoff, now, Soon } from "./pace.js";
import { BEGINNING, Standing, type Told } from "./progress.js";
import { Roster } from "./roster.js";
import { Rounds } from "./rounds.js";
import { Server } from "./server.js";
import { Session } from "./session.js";
import { Tabs } from "./tabs.js";
import { Tokens } from "./tokens.js";
import type { Connection, Options, State, UserId, UserStatus } from "./types.js";
import { together, Watches } from "./watches.js";

/** Called with the ids, as text, of those whose status is not as it was; with none when only the state is another. */
export type Listener = (changed: ReadonlySet<string>) => void;

/** For how long answers are good, in milliseconds, until the server has said it. */
const GOOD_FOR = 30_000;

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
  readonly #health = new Health(
    () => {
      const { goodFor = GOOD_FOR, poll } = this.#standing.progress;
      // An answer that is not due yet is not missing.
      return Math.max(goodFor, 1.5 * poll);
    },
    () => {
      // The next answer is to tell all of it.
      this.#standing.advance({ cursor: undefined, aside: undefined });
      this.#forget();
    },
  );
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
        const { age } = this.#server;
        this.#tell({ changes, heard: { age, reason: age ? "the server cannot reach its store" : null } });
      },
      failed: ({ status }) => this.#tell({ changes: {}, heard: { reason: status ? `the server answered ${status}` : "no answer" } }),
      refused: () => this.#refused(),
    });
  }

  /** Starts to beat and to poll. Does nothing if it has been started, or where there is no page. */
  start(): void {
    if (this.#run || typeof document == "undefined") return;
    this.#run = new AbortController();
    this.#health.guard();
    if (this.#health.become("connecting")) this.#call();
    void this.#open();
  }

  /** Stops, and aborts what is in flight. The user stays online until the server's window has passed. */
  stop(): void {
    if (!this.#run) return;
    this.#halt();
    if (this.#health.become("offline", "stopped")) this.#call();
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

  /** How it stands with the server. */
  get state(): State {
    return this.#health.connection.state;
  }

  /** The same, and why: the same object for as long as it is so. */
  get connection(): Connection {
    return this.#health.connection;
  }

  /** Calls `listener` when somebody's status or the state changes, until the function that is returned is called. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Whether they are online, as far as is known; of users beside the watched ones, see `watch`. */
  isOnline(id: UserId): boolean {
    return this.#picture.isOnline(id);
  }

  /** What is known of them: the same object for as long as nothing changes. */
  status(id: UserId): UserStatus {
    return this.#picture.status(id);
  }

  /** Who is online, ascending: the same array for as long as nobody comes or goes. See `watch`. */
  get online(): readonly UserId[] {
    return this.#picture.online;
  }

  /** What is known, as long as it is good. */
  get #picture(): Roster {
    if (!this.#run) this.#health.look();
    return this.#roster;
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

  #halt(): void {
    this.#run?.abort();
    this.#run = this.#tabs = undefined;
    this.#opening.clear();
    this.#health.rest();
    this.#tokens.discard();
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
      if (this.#run != run) return;
      this.#opening.set(now() + backoff(this.#failures++, 0));
      if (this.#health.heard({ reason: "no token could be had yet" })) this.#call();
    }
  }

  #join(token: string, signal: AbortSignal): void {
    const session = this.#sessionOf(token);
    if (this.#session && this.#session != session) this.#reset();
    this.#session = session;
    this.#tabs = new Tabs(session.key, this.#rounds, {
      wishes: () => this.#watches.wishes,
      everything: () => {
        const { age, connection } = this.#health;
        return { changes: this.#roster.all, progress: this.#standing.progress, heard: { age, reason: connection.reason } };
      },
      told: (told) => this.#hear(told),
      out: () => this.out(),
      last: this.#options.leaveOnClose && (() => this.#close()),
    });
    this.#tabs.open(signal);
  }

  #sessionOf(token: string): Session {
    const key = `lastseen ${this.#server.url} ${this.#tokens.userOf(token)}`;
    return this.#session?.key == key ? this.#session : new Session(key);
  }

  /** What this tab found out, as it leads. */
  #tell(found: Omit<Told, "progress">): void {
    const told = { ...found, progress: this.#standing.progress };
    this.#tabs?.tell(told);
    this.#take(told);
  }

  /** What the tab that leads found out. */
  #hear(told: Told): void {
    this.#standing.progress = told.progress;
    // What changed says nothing to who has forgotten the rest.
    if (!told.changes.anew && told.heard.age !== undefined && this.#health.age === undefined) this.#tabs?.greet();
    else this.#take(told);
  }

  #take({ changes, heard }: Told): void {
    const changed = this.#roster.apply(changes, this.#watches.wishes.ids);
    if (this.#health.heard(heard) || changed.size) this.#call(changed);
  }

  #call(changed: ReadonlySet<string> = new Set()): void {
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

  /** There is no token, or it is no good. If it was, and there is one of another user by now, it begins anew. */
  #refused(): void {
    this.#halt();
    const token = this.#tokens.current;
    if (token && this.#standing.progress.beatAt && this.#sessionOf(token) != this.#session) {
      this.#reset();
      return this.start();
    }
    if (token) this.#end("refused", "the server does not take the token");
    else this.#end("signed-out", "there is no token");
    console.warn("Lastseen: stopped, no valid token.");
  }

  /** Called when the user has signed out in another tab. */
  protected out(): void {
    this.#end();
  }

  /** Stops, and forgets whose presence it was. */
  #end(state: State = "signed-out", reason: string | null = null): void {
    this.#halt();
    this.#tokens.forget();
    this.#health.become(state, reason);
    this.#reset();
  }

  /** Begins as if nothing had happened yet: what has is another user's, or nobody's. */
  #reset(): void {
    this.#standing.progress = BEGINNING;
    this.#forget();
  }

  /** Nothing is known of anybody from now on: they would be shown as online for ever. */
  #forget(): void {
    this.#health.forgotten();
    this.#call(this.#roster.forget(this.#watches.wishes.ids));
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
