import { Gate } from "./gate.js";
import { Alarm, isDue, now } from "./pace.js";
import { BATCH, CONFIG, HEARTBEAT, ONLINE_USERS, Questions, type Leader } from "./questions.js";
import { Failure } from "./server.js";

/** After how long a tab that shows again beats at once. */
const MINUTE = 60_000;

/** What the leading tab does: beats, polls, and asks for details, each when it is due. */
export class Rounds {
  readonly #leader: Leader;
  readonly #questions: Questions;
  readonly #beat = new Gate(HEARTBEAT);
  readonly #poll = new Gate(ONLINE_USERS);
  readonly #details = new Gate(BATCH);
  readonly #config = new Gate(CONFIG);
  readonly #gates = [this.#beat, this.#poll, this.#details, this.#config];
  readonly #alarm = new Alarm(() => void this.#round());
  /** Aborted when this tab leads no more. */
  #run: AbortSignal | undefined;
  #busy: AbortSignal | undefined;
  #hurried = false;

  constructor(leader: Leader) {
    this.#leader = leader;
    this.#questions = new Questions(leader);
  }

  /** Works until `signal` aborts it, and what is in flight. */
  start(signal: AbortSignal): void {
    this.#run = signal;
    signal.addEventListener("abort", () => this.#alarm.clear());
    addEventListener("online", this.#online, { signal });
    const { standing } = this.#leader;
    const { beatAt, heartbeat } = standing.progress;
    if (isDue(beatAt + Math.min(MINUTE, heartbeat / 2), heartbeat)) standing.advance({ beatDue: 0 });
    void this.#round();
  }

  /** Somebody wants to know more. */
  hurry(): void {
    this.#hurried = true;
    void this.#round();
  }

  readonly #online = (): void => {
    for (const gate of this.#gates) gate.retry();
    this.#leader.standing.advance({ pollDue: 0 });
    this.hurry();
  };

  async #round(): Promise<void> {
    const run = this.#run;
    if (!run || run.aborted || run == this.#busy) return;
    this.#busy = run;
    this.#hurried = false;
    await this.#ask(run);
    if (this.#busy == run) this.#busy = undefined;
    if (this.#run == run && !run.aborted) this.#alarm.set(this.#next());
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const questions = this.#questions;
    const { beatDue, heartbeat, poll } = this.#leader.standing.progress;
    // A beat asks what a poll would, so it takes the place of the last poll before it is due.
    const early = this.#pollIsDue ? poll : 0;
    if (isDue(beatDue - early, heartbeat)) await this.#through(this.#beat, signal, () => questions.beat(signal));
    if (signal.aborted) return;
    // The first beat says of which kind ids are.
    questions.narrow();
    if (this.#pollIsDue) await this.#through(this.#poll, signal, () => questions.poll(signal));
    await this.#through(this.#details, signal, () => questions.details(signal));
    if (!this.#leader.standing.progress.goodFor) await this.#through(this.#config, signal, () => questions.config(signal));
  }

  get #pollIsDue(): boolean {
    const { pollDue, poll } = this.#leader.standing.progress;
    return isDue(pollDue, poll);
  }

  #next(): number {
    if (this.#hurried) return now();
    const { beatDue, pollDue } = this.#leader.standing.progress;
    const next = Math.min(this.#beat.after(beatDue), this.#poll.after(pollDue));
    return this.#details.isOpen ? next : Math.min(next, this.#details.until);
  }

  async #through(gate: Gate, signal: AbortSignal, ask: () => Promise<void>): Promise<void> {
    if (signal.aborted || !gate.isOpen) return;
    try {
      await ask();
      gate.passed();
    } catch (cause) {
      if (signal.aborted) return;
      const failure = cause instanceof Failure ? cause : new Failure(0);
      if (failure.status == 401) return this.#leader.refused();
      // A poll is due whenever a beat is not answered: it says how it stands.
      if (gate == this.#poll) this.#leader.failed(failure);
      // Too many requests are too many of any kind.
      for (const one of failure.status == 429 ? this.#gates : [gate]) one.refused(failure);
    }
  }
}
