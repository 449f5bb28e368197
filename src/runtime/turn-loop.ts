/** The loop: commands are decided and folded one by one, journaled in groups, answered when stored. */
import { assert } from "../core/assert.ts";
import { type AgentId, FLEET, type Id, OPERATOR } from "../core/ids.ts";
import { type Millis, millis } from "../core/time.ts";
import type { FleetState, Law } from "../fleet/state.ts";
import { answered, hasRoom, takeTurn } from "../fleet/turn.ts";
import type { RegimeFacts } from "../protocol/risk-facts.ts";
import type { Command, Turn } from "../protocol/turns.ts";
import type { JournalHead, JournalPort } from "../wire/journal.ts";
import { appendUntilStored } from "./append.ts";
import { OpenBatch } from "./batches.ts";
import type { Clock } from "./clock.ts";
import { Inbox } from "./inbox.ts";
import type { Opened, Question, Told, Waiting } from "./waiting.ts";

export interface LoopOptions {
  readonly state: FleetState;
  readonly journal: JournalPort;
  readonly head: JournalHead;
  readonly epoch: number;
  readonly clock: Clock;
  /** After a batch is stored: effects go out, snapshots are counted. In journal order. */
  readonly onStored: (turns: readonly Turn[], head: JournalHead) => void;
  /** The loop cannot go on: it has stopped, and what ran ahead of the journal is void. */
  readonly onStopped: (cause: unknown) => void;
  /** What knows more than the law of an order, and tells the law what it has seen. */
  readonly desk?: LoopDesk;
  /** Turns in one message; fewer than the limit only to measure what grouping is worth. */
  readonly batchTurns?: number;
}

export interface LoopDesk {
  /** Called just before a command is decided; may add to its stamp. */
  stamped(law: Law, command: Command): Command;
  /** Called when a turn is folded. None: undefined unless the weather has changed. */
  taken(turn: Turn, law: Law): RegimeFacts | undefined;
}

/** So long is decided at a stretch, then what came meanwhile is heard: it may be another agent's turn. */
const SLICE_MS = 2;

export class TurnLoop {
  readonly #options: LoopOptions;
  readonly #state: FleetState;
  readonly #inbox = new Inbox<Waiting>();
  /** What the desk has to say: decided before anything else. */
  #weather: RegimeFacts | undefined;
  /** The journal's time and the steady clock when this loop began. */
  readonly #begun: { readonly at: number; readonly mono: number };
  #head: JournalHead;
  #open: OpenBatch;
  /** What leaves when the open batch is stored, and when the one in flight is. */
  #leaving: (() => void)[] = [];
  #inFlightLeaving: (() => void)[] = [];
  #inFlight = false;
  /** How long the last batch was in flight. */
  #batchMs = 0;
  #pumping = false;
  /** Of the steady clock: what waits since then has been promised its turn. */
  #waitsSince = 0;
  #stopped = false;
  #draining: (() => void) | undefined;
  readonly #resting: ((law: Law, head: JournalHead) => void)[] = [];

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#state = options.state;
    this.#begun = { at: options.state.at, mono: options.clock.mono() };
    this.#head = options.head;
    this.#open = new OpenBatch(options.batchTurns);
  }

  /** The folded truth; it may run ahead of the journal by one batch, so it is not to be shown. */
  get law(): Law {
    return this.#state;
  }

  /** The last stored message. */
  get head(): JournalHead {
    return this.#head;
  }

  get waiting(): number {
    return this.#inbox.size;
  }

  /**
   * Time for stamping: never before what is in the journal, and never standing still. Where the wall
   * clock was set back before this start, time goes on from the journal's own: a lease or a recall would
   * otherwise wait until the wall clock has caught up.
   */
  now(): Millis {
    const { clock } = this.#options;
    const carried = Math.floor(this.#begun.at + clock.mono() - this.#begun.mono);
    return millis(Math.max(clock.now(), this.#state.at, carried));
  }

  /** Takes a command into the inbox. False when it is full or the loop has stopped: answer `busy`. */
  submit(command: Command, told?: Told, asked?: unknown): boolean {
    return this.hear(command.stamp.from, () => ({ command, told, asked }));
  }

  /** Asks something of the state in the order of the commands; `answer` runs once that is stored. */
  ask(question: Question, from: AgentId = FLEET): boolean {
    return this.hear(from, () => ({ question }));
  }

  /** The same for what is still bytes: to read them is work too, so that waits for its turn as well. */
  hear(from: AgentId, waiting: Waiting): boolean {
    if (this.#stopped || this.#draining !== undefined) return false;
    const own = from === OPERATOR || from === FLEET;
    const now = this.#options.clock.mono();
    if (!(own ? this.#inbox.pushOwn(waiting) : this.#inbox.push(from, waiting, now))) return false;
    this.#schedule();
    return true;
  }

  /** Lets go of all that waits of one agent: nobody is answered. @returns how much that was. */
  forget(agent: AgentId): number {
    return this.#inbox.forget(agent);
  }

  /** Decides all that waits, stores it, and ends. */
  drain(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#stopped) return resolve();
      this.#draining = resolve;
      this.#schedule();
    });
  }

  /** Ends at once; what is not stored never happened. */
  stop(): void {
    this.#stopped = true;
    this.#draining?.();
  }

  #schedule(): void {
    if (this.#pumping || this.#stopped) return;
    this.#pumping = true;
    this.#waitsSince = this.#options.clock.mono();
    this.#options.clock.soon(() => {
      this.#pumping = false;
      this.#guarded(() => this.#pump());
    });
  }

  /** Whoever hears a lot at a stretch says so: deciding goes on meanwhile. `now` of the steady clock. */
  breathe(now: number): void {
    if (!this.#pumping || now - this.#waitsSince < SLICE_MS) return;
    this.#waitsSince = now;
    this.#guarded(() => this.#pump());
  }

  #guarded(work: () => void): void {
    if (this.#stopped) return;
    try {
      work();
    } catch (bug) {
      this.#fail(bug);
    }
  }

  #fail(cause: unknown): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#options.onStopped(cause);
    this.#draining?.();
  }

  /** Runs `look` in a moment when memory and journal are the same; nothing is decided meanwhile. */
  atRest(look: (law: Law, head: JournalHead) => void): void {
    this.#resting.push(look);
    this.#schedule();
  }

  #pump(): void {
    if (this.#resting.length > 0 && !this.#inFlight && this.#open.turns.length === 0) {
      for (const look of this.#resting.splice(0)) look(this.#state, this.#head);
    }
    const { clock } = this.#options;
    let now = clock.mono();
    const until = now + SLICE_MS;
    while (now < until && !this.#open.full && this.#resting.length === 0) {
      const next = this.#foretold() ?? this.#inbox.shift(now);
      if (next === undefined) break;
      const opened = next();
      if (opened !== undefined) this.#take(opened);
      const begun = now;
      now = clock.mono();
      this.#inbox.took(now - begun);
    }
    this.#flush();
  }

  /** The regime as a command, ahead of all that waits: an alarm holds from the next turn on. */
  #foretold(): Waiting | undefined {
    const body = this.#weather;
    if (body === undefined) return undefined;
    this.#weather = undefined;
    const at = this.now();
    const stamp = { id: "" as Id, from: FLEET, at, exp: millis(at + 60_000), print: 0 };
    const command = { type: "SetRegime", stamp, body } as const;
    return () => ({ command });
  }

  #take(opened: Opened): void {
    if ("question" in opened) return this.#leave(opened.question(this.#state));
    const { command, told, asked } = opened;
    const { stamp } = command;
    if (stamp.id !== "") {
      const known = answered(this.#state, command);
      if (known !== undefined) {
        return this.#leave(() => told?.("code" in known ? { refused: known } : known));
      }
      // Agents together may fill the memory of answers; the operator's word is decided all the same.
      if (stamp.from !== OPERATOR && !hasRoom(this.#state)) {
        return this.#leave(() => told?.({ refused: { code: "busy" } }));
      }
    }
    const turn = this.#open.turns.length;
    const seq = this.#nextSeq();
    // Time is stamped again in turn order: a command may have waited while the clock went on.
    const at = millis(Math.max(stamp.at, this.#state.at));
    if (stamp.exp < at) return this.#leave(() => told?.({ refused: { code: "command_expired" } }));
    const { desk } = this.#options;
    const timed = { ...command, stamp: { ...stamp, at } };
    const weighed = desk === undefined ? timed : desk.stamped(this.#state, timed);
    const taken = takeTurn(this.#state, weighed, { seq, turn });
    if (taken === undefined) return this.#leave(() => told?.({ nothing: true }));
    this.#weather = desk?.taken(taken, this.#state) ?? this.#weather;
    this.#open.add(taken.rejection === undefined ? taken : { ...taken, asked });
    if (told === undefined) return;
    const { rejection } = taken;
    this.#leaving.push(() =>
      told(rejection === undefined ? { ok: true, seq, turn } : { ok: false, seq, turn, rejection }),
    );
  }

  /** The message that the open batch will be. */
  #nextSeq(): number {
    return this.#head.seq + (this.#inFlight ? 2 : 1);
  }

  /** Lets something out as soon as all that was decided before it is stored. */
  #leave(out: () => void): void {
    if (this.#open.turns.length > 0) this.#leaving.push(out);
    else if (this.#inFlight) this.#inFlightLeaving.push(out);
    else out();
  }

  #flush(): void {
    if (this.#inFlight) {
      if (this.#inbox.ready && !this.#open.full && this.#resting.length === 0) this.#schedule();
      return;
    }
    const { clock, journal } = this.#options;
    this.#inbox.nextRound(clock.mono(), this.#state.policy?.rate.perSecond, this.#batchMs);
    if (this.#open.turns.length === 0) {
      if (this.#inbox.size > 0) this.#schedule();
      else if (this.#draining !== undefined) this.stop();
      return;
    }
    const batch = this.#open;
    this.#open = new OpenBatch(this.#options.batchTurns);
    this.#inFlightLeaving = this.#leaving;
    this.#leaving = [];
    this.#inFlight = true;
    const bytes = batch.close(this.#state.fleet, this.#options.epoch, this.#head.hash);
    const sent = clock.mono();
    appendUntilStored({ journal, clock, isOver: () => this.#stopped }, this.#head, bytes).then(
      (head) => this.#guarded(() => this.#stored(batch, head, sent)),
      (fault: unknown) => this.#fail(fault),
    );
    // The next batch gathers while this one is under way.
    if (this.#inbox.size > 0) this.#schedule();
  }

  #stored(batch: OpenBatch, head: JournalHead, sent: number): void {
    assert(head.seq === this.#head.seq + 1, "a stored batch is the next message");
    this.#head = head;
    this.#inFlight = false;
    this.#batchMs = this.#options.clock.mono() - sent;
    const leaving = this.#inFlightLeaving;
    this.#inFlightLeaving = [];
    this.#options.onStored(batch.turns, head);
    for (const out of leaving) out();
    // What gathered meanwhile goes at once, without waiting for more to come.
    if (this.#open.turns.length > 0) this.#flush();
    else this.#schedule();
  }
}
