import type { Lastseen, UserId, UserStatus } from "@lastseen/client";
import { formatMoment } from "@lastseen/client/format";
import { NOTHING, UNKNOWN, viewOf, type View } from "./view.js";

export type Callback = () => void;

/** What a user is shown on. */
export interface Page {
  readonly client: Lastseen;
  readonly locale: string | undefined;
  /** Whether nothing is known of anybody: the first render of a page is that of most rows. */
  readonly isBlank: boolean;
  user(id: UserId): Shown;
  /** Called when somebody begins to follow a user whom nobody followed, and when nobody does any more. */
  turned(one: 1 | -1): void;
}

const NONE: readonly Callback[] = [];
const viewBefore = (): View => UNKNOWN;

/**
 * A user on the page, as components subscribe to them. `subscribe` and `view` are the same functions for as long as
 * the user is there: a page may show thousands, and no component has to keep its own.
 */
export class Shown {
  /** Mostly one. */
  #callbacks = NONE;
  #view: View | undefined;
  #before: UserStatus | undefined;

  constructor(
    readonly id: UserId,
    readonly page: Page,
  ) {}

  get isFollowed(): boolean {
    return this.#callbacks.length > 0;
  }

  /** Calls back when the status changes, or what it reads as, and has the client watch the user. */
  readonly subscribe = (callback: Callback): Callback => {
    // What waited long to be mounted may have been forgotten.
    const current = this.page.user(this.id);
    return current.#follow(callback);
  };

  #follow(callback: Callback): Callback {
    if (!this.isFollowed) this.page.turned(1);
    this.#callbacks = this.isFollowed ? [...this.#callbacks, callback] : [callback];
    return () => {
      this.#callbacks = this.#callbacks.filter((one) => one != callback);
      if (!this.isFollowed) this.page.turned(-1);
    };
  }

  status(): UserStatus {
    return this.page.client.status(this.id);
  }

  /** What to show: the same object for as long as it says the same. */
  readonly view = (): View => {
    // Nobody is told of a change who is not on the page yet: nothing can be kept until then.
    return this.isFollowed ? (this.#view ??= this.#look()) : this.#look();
  };

  #look(): View {
    const { page } = this;
    return page.isBlank ? UNKNOWN : viewOf(this.status(), page.locale, page.client);
  }

  /** When exactly they were last seen; empty if that is not known. */
  moment(): string {
    const { client, locale } = this.page;
    return formatMoment(this.status().last_seen, { locale, now: client.now() });
  }

  /** What a server shows of any user, and a browser takes over from it. */
  get viewBefore(): () => View {
    return viewBefore;
  }

  /** What is known of them where a server renders, and until a browser has taken over. */
  before(): UserStatus {
    return (this.#before ??= { ...NOTHING, user_id: this.id });
  }

  /** Tells those who follow that the status is another. */
  changed(): void {
    this.#view = undefined;
    call(this.#callbacks);
  }

  /** Tells them if it reads differently by now. */
  tick(): void {
    const view = this.#view;
    this.#view = undefined;
    if (view != this.view()) call(this.#callbacks);
  }
}

export const call = (callbacks: Iterable<Callback>): void => [...callbacks].forEach((callback) => callback());
