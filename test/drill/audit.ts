/** Reads the journal as a stranger would: folds it, checks its chain, and counts what it holds. */
import type { FleetId } from "../../src/core/ids.ts";
import { breaches } from "../../src/fleet/invariants.ts";
import { emptyState, type FleetState } from "../../src/fleet/state.ts";
import { foldTurn } from "../../src/fleet/turn.ts";
import type { Approved, EffectName } from "../../src/protocol/effects.ts";
import type { FleetEvent } from "../../src/protocol/events.ts";
import type { Turn } from "../../src/protocol/turns.ts";
import { readBatch } from "../../src/runtime/batches.ts";
import {
  EMPTY_HEAD,
  type JournalEntry,
  type JournalHead,
  type JournalPort,
} from "../../src/wire/journal.ts";

/** A decided command as the journal has it. */
export interface Decided {
  readonly seq: number;
  readonly turn: number;
  readonly ok: boolean;
  readonly code: string;
  readonly type: string;
}

export class Audit {
  readonly state: FleetState;
  readonly journal: JournalPort;
  /** By `<caller>/<id>`. */
  readonly decided = new Map<string, Decided>();
  /** Commands that were decided more than once, orders approved twice, trades booked twice. */
  readonly twice: string[] = [];
  /** Broken rules of the fold, each once. */
  readonly broken = new Set<string>();
  /** Every effect that the journal holds. */
  readonly intents = new Map<EffectName, Approved>();
  readonly trades = new Set<string>();
  /** Effects whose answer was journaled. */
  readonly accepted = new Set<EffectName>();
  /** The epoch of each message's writer, where it changed. */
  readonly epochs: { readonly seq: number; readonly epoch: number }[] = [];
  readonly #fleet: FleetId;
  readonly #obligations = new Set<string>();
  #head: JournalHead = EMPTY_HEAD;

  constructor(fleet: FleetId, journal: JournalPort) {
    this.#fleet = fleet;
    this.journal = journal;
    this.state = emptyState(fleet);
  }

  get head(): JournalHead {
    return this.#head;
  }

  /** Everything new since the last time. @throws JournalBrokenError when the chain does not hold. */
  async catchUp(): Promise<void> {
    for await (const entry of this.journal.read(this.#head.seq + 1)) this.#take(entry);
    for (const { rule, detail } of breaches(this.state)) this.broken.add(`${rule}: ${detail}`);
  }

  #take(entry: JournalEntry): void {
    const batch = readBatch(entry, this.#fleet, this.#head.hash);
    const last = this.epochs.at(-1)?.epoch ?? 0;
    if (batch.epoch !== last) this.epochs.push({ seq: entry.seq, epoch: batch.epoch });
    for (const [turn, taken] of batch.turns.entries()) {
      foldTurn(this.state, taken, { seq: entry.seq, turn });
      this.#note(taken, entry.seq, turn);
    }
    this.#head = { seq: entry.seq, hash: entry.hash };
  }

  #note(taken: Turn, seq: number, turn: number): void {
    const { type, from, id, rejection } = taken;
    if (id !== "") {
      const key = `${from}/${id}`;
      if (this.decided.has(key)) this.twice.push(`decided ${key}`);
      const ok = rejection === undefined;
      this.decided.set(key, { seq, turn, ok, code: rejection?.code ?? "", type });
    }
    for (const event of taken.events) this.#noteEvent(event);
  }

  #noteEvent(event: FleetEvent): void {
    if ("effect" in event) {
      const { name } = event.effect;
      if (this.intents.has(name)) this.twice.push(`effect ${name}`);
      this.intents.set(name, event.effect);
    }
    if (event.type === "EffectAnswered" && event.outcome === "accepted")
      this.accepted.add(event.name);
    if (event.type === "OrderApproved") this.#once(`order ${event.agent}/${event.order}`);
    if (event.type === "BetPlaced") this.#once(`bet ${event.agent}/${event.bet}`);
    if (event.type === "EscrowRequested") this.#once(`escrow ${event.agent}/${event.escrow}`);
    if (event.type === "FillBooked") {
      if (this.trades.has(event.trade)) this.twice.push(`trade ${event.trade}`);
      this.trades.add(event.trade);
    }
  }

  #once(what: string): void {
    if (this.#obligations.has(what)) this.twice.push(what);
    this.#obligations.add(what);
  }
}
