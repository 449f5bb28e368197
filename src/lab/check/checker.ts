/** Stands beside a run and judges it from the journal's bytes and the venue's own reports. */
import { deepStrictEqual } from "node:assert";
import type { FleetId } from "../../core/ids.ts";
import { evolve } from "../../fleet/evolve.ts";
import { breaches } from "../../fleet/invariants.ts";
import { emptyState, type FleetState, type Law } from "../../fleet/state.ts";
import { foldTurn } from "../../fleet/turn.ts";
import type { Approved, Effect, EffectName } from "../../protocol/effects.ts";
import type { EventOf } from "../../protocol/events.ts";
import type { VenueReport } from "../../protocol/reports.ts";
import type { Turn } from "../../protocol/turns.ts";
import { CLOCK_SKEW_MAX } from "../../runtime/same-time.ts";
import { decodeJournal } from "../../wire/codec.ts";
import { EMPTY_HASH, sha256 } from "../../wire/journal.ts";
import { Audit, unbalanced } from "./audit.ts";
import type { Breach } from "./breach.ts";
import { Brought } from "./brought.ts";
import { canonical, difference } from "./canonical.ts";
import { CostMeter } from "./cost.ts";
import { Reported } from "./reported.ts";
import { Rules } from "./rules.ts";
import { SaidPrices } from "./said-prices.ts";

/** The last turns, for the story. */
const KEPT = 40;

/** What a leader may be ahead, ms: by its clock's difference, and by what it cannot see of it. */
const AHEAD_MAX = CLOCK_SKEW_MAX + 8_000;

export interface Told {
  readonly seq: number;
  readonly index: number;
  readonly turn: Turn;
}

export class Checker {
  readonly breaches: Breach[] = [];
  readonly effects = new Map<EffectName, Effect>();
  readonly agentsOf = new Map<EffectName, string>();
  readonly last: Told[] = [];
  readonly reports: Reported;
  /** What sources of prices said, for good: a journal that is cut says nothing of them. */
  readonly said = new SaidPrices();
  readonly #fleet: FleetId;
  readonly #clock: () => number;
  #rules: Rules;
  #audit = new Audit(this.effects);
  #cost = new CostMeter();
  #brought = new Brought();
  readonly #reports: VenueReport[] = [];
  readonly #orderOf = new Map<string, EffectName>();
  readonly #hashes: string[] = [];
  #fold: FleetState;
  #epoch = 0;
  #where = "";
  turns = 0;

  /** @param clock the right time, epoch ms: by it the law's may run ahead only so far. */
  constructor(fleet: FleetId, clock: () => number = () => Number.POSITIVE_INFINITY) {
    this.#fleet = fleet;
    this.#clock = clock;
    this.#fold = emptyState(fleet);
    this.#rules = this.#newRules();
    this.reports = new Reported(
      fleet,
      () => this.#fold,
      (detail, where) => this.tell("I13", detail, where),
    );
  }

  #newRules(): Rules {
    return new Rules(({ invariant, detail }) => this.tell(invariant, detail), this.said);
  }

  /** The fold of all that was ever stored. */
  get law(): Law {
    return this.#fold;
  }

  /** What the run came to, as far as no type of event says it. */
  get met(): ReadonlyMap<string, number> {
    return new Map([
      ...this.#rules.concerns.met,
      ["cost-by-rule", this.#cost.byRule],
      ["forged-refused", this.reports.badReplies],
    ]);
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Hash of the last message: the same run has the same one. */
  get hash(): string {
    return this.#hashes.at(-1) ?? EMPTY_HASH;
  }

  get length(): number {
    return this.#hashes.length;
  }

  hashAt(seq: number): string {
    return seq === 0 ? EMPTY_HASH : (this.#hashes[seq - 1] ?? "");
  }

  tell(invariant: Breach["invariant"], detail: string, where = this.#where): void {
    this.breaches.push({ invariant, detail, where });
  }

  reported(reports: readonly VenueReport[]): void {
    this.#reports.push(...reports);
    for (const one of reports) if (one.type === "fill") this.#orderOf.set(one.trade, one.order);
  }

  /** What was stored and never acknowledged is gone with the power: it never happened. */
  rebuild(entries: readonly Uint8Array[]): void {
    this.effects.clear();
    this.agentsOf.clear();
    this.#hashes.length = 0;
    this.#fold = emptyState(this.#fleet);
    this.#rules = this.#newRules();
    this.#audit = new Audit(this.effects);
    this.#cost = new CostMeter();
    this.#brought = new Brought();
    this.#epoch = 0;
    this.reports.rebuild();
    for (const [i, bytes] of entries.entries()) this.#store(i + 1, bytes, false);
  }

  /** A message was stored. Checked before anybody is told of it. */
  stored(seq: number, bytes: Uint8Array): void {
    // After the first breach nothing that follows proves anything.
    if (this.breaches.length > 0) return;
    this.#where = `message ${seq}`;
    try {
      this.#store(seq, bytes, true);
    } catch (fault) {
      this.tell("I5", `the journal cannot be folded: ${(fault as Error).message}`);
    }
  }

  #store(seq: number, bytes: Uint8Array, judged: boolean): void {
    if (seq !== this.#hashes.length + 1) {
      this.tell("I6", `stored as ${seq}, the last acknowledged is ${this.#hashes.length}`);
      return;
    }
    const read = decodeJournal(bytes);
    if (!read.ok) return this.tell("I6", `message ${seq} cannot be read: ${read.reason}`);
    const [version, fleet, epoch, prev, turns] = read.value as [
      number,
      string,
      number,
      string,
      Turn[],
    ];
    if (version !== 2 || fleet !== this.#fleet) this.tell("I6", `version ${version} of ${fleet}`);
    if (prev !== this.hashAt(seq - 1)) {
      this.tell(
        "I6",
        `it follows ${prev.slice(0, 8)}, the message before is ${this.hashAt(seq - 1).slice(0, 8)}`,
      );
    }
    if (epoch < this.#epoch) this.tell("I7", `epoch ${epoch} after ${this.#epoch}`);
    this.#epoch = epoch;
    this.#hashes.push(sha256(bytes));
    const ahead = (turns.at(-1)?.at ?? 0) - this.#clock();
    if (judged && ahead > AHEAD_MAX)
      this.tell("I8", `decided ${Math.floor(ahead)} ms ahead of time`);
    this.reports.stored(turns);
    for (const [index, turn] of turns.entries()) this.#turn(turn, seq, index);
    if (judged) this.#books();
  }

  #turn(turn: Turn, seq: number, index: number): void {
    this.#where = `message ${seq}, turn ${index}, ${turn.type} by ${turn.from}`;
    this.turns += 1;
    this.last.push({ seq, index, turn });
    if (this.last.length > KEPT) this.last.shift();
    this.#rules.turn(turn, this.#fold);
    this.#cost.passes(this.#fold, turn.at);
    for (const event of turn.events) {
      this.#rules.event(event, turn, this.#fold);
      this.#cost.event(event, this.#fold);
      this.#brought.event(event);
      if (event.type === "FillBooked") this.#attributed(event);
      if ("effect" in event) {
        this.effects.set(event.effect.name, event.effect.effect);
        this.agentsOf.set(event.effect.name, event.effect.agent);
      }
      evolve(this.#fold, event, turn.at);
    }
    // Time, place and answer of the turn are the fold's as well; its events were folded one by one.
    foldTurn(this.#fold, { ...turn, events: [] }, { seq, turn: index });
  }

  /** A fill belongs to whoever the journaled effect was for. */
  #attributed({ trade, agent }: EventOf<"FillBooked">): void {
    const order = this.#orderOf.get(trade);
    const owner = order === undefined ? undefined : this.agentsOf.get(order);
    if (owner !== agent) this.tell("I1", `trade ${trade} is booked to ${agent}, it is of ${owner}`);
  }

  /** What a leader that has been well for a while must have brought to an end. */
  overdue(now: number, lateMs: number, stuckMs: number): void {
    this.#rules.overdue(now, lateMs, this.#fold);
    for (const [name, { askedAt }] of this.law.outbox) {
      if (askedAt > now - stuckMs) continue;
      const age = Math.floor(now - askedAt);
      this.tell("I12", `effect ${name} is without an answer for ${age} ms`, name);
    }
  }

  /** Conservation and sums after every message. */
  #books(): void {
    const law = this.law;
    const open = unbalanced(law);
    if (open !== undefined) this.tell("I1", open);
    while (this.#audit.through < law.reportsThrough) {
      const next = this.#reports[this.#audit.through];
      if (next === undefined) {
        this.tell(
          "I1",
          `reports are taken to ${law.reportsThrough}, the venue made ${this.#audit.through}`,
        );
        return;
      }
      this.#audit.take(next);
    }
    const differs =
      this.#audit.differs(law) ?? this.#brought.differs(law) ?? this.#cost.differs(law);
    if (differs !== undefined) this.tell("I1", differs);
    this.#rules.sums(law);
  }

  /** Every rule of the folded state, counted anew from its parts: costly, so now and then. */
  thorough(): void {
    for (const { rule, detail } of breaches(this.law)) this.tell("I2", `${rule}: ${detail}`);
  }

  /** A leader at rest holds what the journal folds to, bit for bit. */
  sameAs(law: Law, who: string): void {
    if (law.seq !== this.#fold.seq || law.turns !== this.#fold.turns) return;
    const [ours, folded] = [canonical(law), canonical(this.#fold)];
    if (ours === folded) return;
    this.tell("I5", `${who} at message ${law.seq}: ${difference(ours, folded)}`);
  }

  /** An effect reached the venue: the journal must hold it, the very same. */
  arrived({ name, agent, effect }: Approved): void {
    const asked = this.effects.get(name);
    if (asked === undefined)
      return this.tell("I3", `${name} (${effect.type}) is not journaled`, name);
    try {
      deepStrictEqual({ ...effect }, { ...asked });
    } catch {
      this.tell("I3", `${name} is sent otherwise than it was journaled`, name);
    }
    if (this.agentsOf.get(name) !== agent) this.tell("I3", `${name} is sent for ${agent}`, name);
  }
}
