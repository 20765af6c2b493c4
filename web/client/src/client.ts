import { backoff } from "./pace.js";
import { BEGINNING, type Progress, type Told } from "./progress.js";
import type { Leader } from "./questions.js";
import { Roster, type Changes } from "./roster.js";
import { Rounds } from "./rounds.js";
import { Server } from "./server.js";
import { Session } from "./session.js";
import { signOutTabs, Tabs } from "./tabs.js";
import { Tokens, userOf } from "./tokens.js";
import type { Options, Token, UserId, UserStatus } from "./types.js";
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
  #progress: Progress = BEGINNING;
  #session: Session | undefined;
  #tabs: Tabs<Told> | undefined;
  #rounds: Rounds | undefined;
  #wishing = false;
  /** From start to stop. */
  #run: AbortController | undefined;

  constructor(options: Options = {}) {
    const { url = "", fetch = globalThis.fetch } = options;
    this.#options = options;
    this.#tokens = new Tokens(options);
    this.#server = new Server(url.replace(/\/+$/, ""), this.#tokens, fetch);
  }

  /** Starts to beat and to poll. Does nothing if it has been started, or where there is no page. */
  start(): void {
    if (this.#run || typeof document == "undefined") return;
    this.#run = new AbortController();
    void this.#open(this.#run);
  }

  /** Stops, and aborts what is in flight. The user stays online until the server's window has passed. */
  stop(): void {
    this.#run?.abort();
    this.#run = undefined;
    this.#tabs?.close();
    this.#tabs = this.#rounds = undefined;
  }

  /**
   * Stops all tabs of this user and marks them offline. The request is on its way when this returns, and arrives
   * even if the page is closed then; the promise waits for the answer, and never fails.
   */
  async signOut(): Promise<void> {
    const goodbye = this.#leave(true).catch(() => console.warn("Lastseen: the goodbye was not answered."));
    this.#end();
    this.#tokens.forget();
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
    if (this.#watches.add(watched)) this.#wish();
    let watching = true;
    return () => {
      if (!watching) return;
      watching = false;
      this.#watches.remove(watched);
      this.#wish();
    };
  }

  async #open({ signal }: AbortController): Promise<void> {
    const token = await this.#token(signal);
    if (signal.aborted) return;
    if (!token) return this.#refused();
    const session = this.#sessionOf(token);
    if (this.#session && this.#session != session) this.#forget();
    this.#session = session;
    const rounds = new Rounds(this.#leader(session), () => this.#refused());
    this.#rounds = rounds;
    this.#tabs = new Tabs(session.key, {
      lead: () => rounds.start(),
      follow: () => rounds.stop(),
      wishes: () => this.#watches.wishes,
      wanted: () => rounds.hurry(),
      everything: () => ({ changes: this.#roster.all, progress: this.#progress }),
      told: (told) => this.#hear(told),
      out: () => this.#end(),
      leave: (others) => this.#close(others),
    });
    this.#tabs.open();
  }

  /** The token, asked for until there is an answer. */
  async #token(signal: AbortSignal): Promise<Token> {
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        return this.#tokens.current ?? (await this.#tokens.renew());
      } catch {
        await new Promise((resolve) => setTimeout(resolve, backoff(failures)));
      }
    }
  }

  #sessionOf(token: string): Session {
    const key = `lastseen ${this.#server.url} ${this.#options.user ?? userOf(token)}`;
    return this.#session?.key == key ? this.#session : new Session(key);
  }

  #leader(session: Session): Leader {
    const client = this;
    return {
      server: this.#server,
      session,
      roster: this.#roster,
      get progress() {
        return client.#progress;
      },
      set progress(progress) {
        client.#progress = progress;
      },
      wishes: () => together(this.#tabs?.wishes ?? [this.#watches.wishes]),
      tell: (told) => {
        this.#tabs?.tell(told);
        this.#hear(told);
      },
    };
  }

  #hear({ changes, progress }: Told): void {
    this.#progress = progress;
    this.#apply(changes);
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
      this.#rounds?.hurry();
    });
  }

  #refused(): void {
    this.stop();
    this.#tokens.forget();
    console.warn("Lastseen: stopped, for there is no valid token.");
  }

  #end(): void {
    this.stop();
    this.#forget();
  }

  #forget(): void {
    this.#progress = BEGINNING;
    this.#apply({ anew: true });
  }

  #close(others: boolean): void {
    if (!this.#options.leaveOnClose || others) return;
    // If the page comes back, it beats at once.
    this.#progress = { ...this.#progress, beatAt: 0 };
    this.#leave().catch(() => {});
  }

  async #leave(everywhere = false): Promise<void> {
    const token = this.#tokens.current ?? (await this.#tokens.renew());
    if (!token) return;
    const session = this.#sessionOf(token);
    if (everywhere) signOutTabs(session.key);
    const body = { timestamp: session.stamp(), session_id: session.id };
    await this.#server.ask(MARK_OFFLINE, { body, keepalive: true });
  }
}
