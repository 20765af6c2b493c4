import type { Changes } from "./roster.js";
import type { UserId } from "./types.js";

/** Where the tabs stand: whichever leads goes on from here. Times are of this machine's clock, in milliseconds. */
export interface Progress {
  /** What the next poll asks from. */
  readonly cursor?: string | undefined;
  /** Whom polls are narrowed to, and the cursor is good for; nothing means everybody. */
  readonly ids?: readonly UserId[] | undefined;
  /** From where beats ask what is new with watched users, while polls are about everybody. */
  readonly aside?: string | undefined;
  /** Whether the server's ids are numbers. */
  readonly numeric?: boolean;
  readonly beatAt: number;
  readonly beatDue: number;
  readonly pollDue: number;
  readonly heartbeat: number;
  readonly poll: number;
  /** For how long what was answered is good, if the server has said so. */
  readonly goodFor?: number;
}

/** Nothing has happened yet, so everything is due. The server's first answers say its intervals. */
export const BEGINNING: Progress = { beatAt: 0, beatDue: 0, pollDue: 0, heartbeat: 120_000, poll: 10_000 };

/** The progress as it is now. */
export class Standing {
  progress = BEGINNING;

  advance(progress: Partial<Progress>): void {
    this.progress = { ...this.progress, ...progress };
  }
}

/** What came of asking the server. */
export interface Heard {
  /** How old what it answered is by now, in milliseconds; nothing if there was no answer. */
  readonly age?: number | undefined;
  /** Why there was none, or only an old one. */
  readonly reason: string | null;
}

/** What a leader found out. */
export interface Told {
  readonly changes: Changes;
  readonly progress: Progress;
  readonly heard: Heard;
}
