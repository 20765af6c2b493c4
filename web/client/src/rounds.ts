import { Gate } from "./gate.js";
import { Alarm, now } from "./pace.js";
import { BATCH, HEARTBEAT, ONLINE_USERS, Questions, type Leader } from "./questions.js";
import { Failure } from "./server.js";

/** After how long a tab that shows again beats at once. */
const MINUTE = 60_000;

/** How long a round waits for others who want to know something as well. */
const GATHER = 20;

/** Whether the time has come, also if this machine's clock has been set back meanwhile. */
const isDue = (at: number, interval: number): boolean => {
  const wait = at - now();
  return wait <= 0 || wait > interval;
};

/** What the leading tab does: beats, polls, and asks for details, each when it is due. */
export class Rounds {
  readonly #questions: Questions;
  readonly #beat = new Gate(HEARTBEAT);
  readonly #poll = new Gate(ONLINE_USERS);
  readonly #details = new Gate(BATCH);
  readonly #gates = [this.#beat, this.#poll, this.#details];
  readonly #alarm = new Alarm(() => void this.#round());
  #run: AbortController | undefined;
  #busy: AbortController | undefined;
  #hurried = false;

  constructor(
    readonly leader: Leader,
    /** The token is no good, and there is no other. */
    readonly refused: () => void,
  ) {
    this.#questions = new Questions(leader);
  }

  start(): void {
    this.#run = new AbortController();
    addEventListener("online", this.#online, this.#run);
    const { standing } = this.leader;
    const { beatAt, heartbeat } = standing.progress;
    if (isDue(beatAt + Math.min(MINUTE, heartbeat / 2), heartbeat)) standing.advance({ beatDue: 0 });
    void this.#round();
  }

  /** Aborts what is in flight. */
  stop(): void {
    this.#run?.abort();
    this.#run = undefined;
    this.#alarm.clear();
  }

  /** Somebody wants to know more. */
  hurry(): void {
    this.#hurried = true;
    if (this.#run && this.#run != this.#busy) this.#alarm.set(now() + GATHER);
  }

  readonly #online = (): void => {
    for (const gate of this.#gates) gate.retry();
    this.leader.standing.advance({ pollDue: 0 });
    this.hurry();
  };

  async #round(): Promise<void> {
    const run = this.#run;
    if (!run || run == this.#busy) return;
    this.#busy = run;
    this.#hurried = false;
    await this.#ask(run.signal);
    if (this.#busy == run) this.#busy = undefined;
    if (this.#run == run) this.#alarm.set(this.#next());
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const questions = this.#questions;
    questions.narrow();
    const { beatDue, heartbeat, poll } = this.leader.standing.progress;
    // A beat asks what a poll would, so it takes the place of the last poll before it is due.
    const early = this.#pollIsDue ? poll : 0;
    if (isDue(beatDue - early, heartbeat)) await this.#through(this.#beat, signal, () => questions.beat(signal));
    if (this.#pollIsDue) await this.#through(this.#poll, signal, () => questions.poll(signal));
    if (questions.unknown.length) await this.#through(this.#details, signal, () => questions.details(signal));
  }

  get #pollIsDue(): boolean {
    const { pollDue, poll } = this.leader.standing.progress;
    return isDue(pollDue, poll);
  }

  #next(): number {
    if (this.#hurried) return now() + GATHER;
    const { beatDue, pollDue } = this.leader.standing.progress;
    const next = Math.min(Math.max(beatDue, this.#beat.until), Math.max(pollDue, this.#poll.until));
    return this.#details.isOpen ? next : Math.min(next, this.#details.until);
  }

  async #through(gate: Gate, signal: AbortSignal, ask: () => Promise<void>): Promise<void> {
    if (signal.aborted || !gate.isOpen) return;
    try {
      await ask();
      gate.passed();
    } catch (cause) {
      if (signal.aborted) return;
      const status = cause instanceof Failure ? cause.status : 0;
      if (status == 401) return this.refused();
      // Too many requests are too many of any kind.
      for (const one of status == 429 ? this.#gates : [gate]) one.refused(cause);
    }
  }
}
