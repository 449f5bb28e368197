/** Judges what leaves the fleet as a report: views, risk snapshots, marks and events, by the journal. */
import type { FleetId } from "../../core/ids.ts";
import { emptyState, type FleetState, type Law } from "../../fleet/state.ts";
import { foldTurn } from "../../fleet/turn.ts";
import type { Turn } from "../../protocol/turns.ts";
import type { AgentView, RiskView, StatusView } from "../../protocol/views.ts";
import { decode } from "../../wire/codec.ts";
import { agentDiffers, fleetDiffers, riskDiffers, unitsOf } from "./told.ts";

const LIMITS = { bytesMax: 1_000_000, depthMax: 32, integers: "number" } as const;

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");

type Tell = (detail: string, where: string) => void;
/** What differs from a state. None: undefined when nothing does. */
type Differs = (law: Law) => string | undefined;

interface EventHead {
  readonly id: string;
  readonly seq: number;
  readonly time: number;
  readonly agent: string;
  readonly type: string;
  readonly [field: string]: unknown;
}

export class Reported {
  readonly #fleet: FleetId;
  readonly #tell: Tell;
  /** The judges' fold of all that is stored, asked anew each time. */
  readonly #fold: () => Law;
  /** Every message's turns: what was told is told of a place in them. */
  readonly #messages: (readonly Turn[])[] = [];
  /** A fold that lags behind: where a report names an earlier place than the last. */
  #behind: FleetState;
  /** Where the kept events end: message (from 1), turn, event. */
  #next = { seq: 1, turn: 0, index: 0 };
  /** Decimals by which a field was told first: it keeps them. */
  readonly #decimals = new Map<string, number>();
  /** How many reports of each kind were judged, and how many needed the fold behind. */
  readonly judged = { views: 0, risk: 0, marks: 0, events: 0, behind: 0 };
  /** Requests whose answer was aimed at another's inbox: refused, as the operator is told of them. */
  badReplies = 0;
  #badRepliesTold = 0;

  constructor(fleet: FleetId, fold: () => Law, tell: Tell) {
    this.#fleet = fleet;
    this.#fold = fold;
    this.#tell = tell;
    this.#behind = emptyState(fleet);
  }

  stored(turns: readonly Turn[]): void {
    this.#messages.push(turns);
  }

  /** The journal is read anew: messages that nobody was told of may be gone. */
  rebuild(): void {
    this.#messages.length = 0;
    this.#behind = emptyState(this.#fleet);
  }

  /** A reply that may hold a view. */
  reply(bytes: Uint8Array, to: string): void {
    const read = decode(bytes, LIMITS);
    const view = read.ok ? (read.value as { view?: unknown }).view : undefined;
    if (view === undefined || view === null) return;
    this.judged.views += 1;
    if (Object.hasOwn(view as object, "agent")) {
      const told = view as AgentView;
      return this.#at(told.seq, `view of ${to}`, (law) => agentDiffers(told, law));
    }
    const told = view as StatusView;
    this.#refused(told.process.refusedAtDoor["bad_reply"] ?? 0);
    this.#at(told.seq, `view of ${to}`, (law) => fleetDiffers(told, law));
  }

  /** A process counts from its start: less than it told before is told by a new one. */
  #refused(told: number): void {
    this.badReplies += told < this.#badRepliesTold ? told : told - this.#badRepliesTold;
    this.#badRepliesTold = told;
  }

  risk(bytes: Uint8Array): void {
    this.judged.risk += 1;
    const told = JSON.parse(textOf(bytes)) as RiskView;
    this.#at(told.seq, "risk snapshot", (law) => riskDiffers(told, law));
  }

  /** A mark is of the message that it names. */
  mark(bytes: Uint8Array): void {
    this.judged.marks += 1;
    const { market, price, seq } = JSON.parse(textOf(bytes)) as Record<string, unknown>;
    const told = unitsOf(price, 8);
    const found = this.#messages[(seq as number) - 1]?.some((turn) =>
      turn.events.some(
        (event) =>
          event.type === "MarksSet" &&
          event.marks.some((mark) => mark.market === market && mark.price === told),
      ),
    );
    if (found !== true) this.#tell(`mark ${price} of ${market} is not of message ${seq}`, "marks");
  }

  /** Must hold at one of the places that message `seq` has: a report may be made between two turns. */
  #at(seq: number, what: string, differs: Differs): void {
    const law = this.#fold();
    const now = law.seq === seq ? differs(law) : "";
    if (now === undefined) return;
    const where = `${what}, as of message ${seq}`;
    const turns = this.#messages[seq - 1];
    if (turns === undefined)
      return this.#tell(`${what} names message ${seq}, ${this.#messages.length} are stored`, where);
    this.judged.behind += 1;
    if (this.#behind.seq >= seq) this.#behind = emptyState(this.#fleet);
    const { seq: from } = this.#behind;
    for (let at = from + 1; at < seq; at += 1) this.#foldMessage(at);
    let last: string | undefined = now;
    for (const [turn, taken] of turns.entries()) {
      foldTurn(this.#behind, taken, { seq, turn });
      // All of the message is folded, whichever of its places it was.
      if (last !== undefined) last = differs(this.#behind);
    }
    if (last !== undefined) this.#tell(last, where);
  }

  #foldMessage(seq: number): void {
    for (const [turn, taken] of (this.#messages[seq - 1] ?? []).entries()) {
      foldTurn(this.#behind, taken, { seq, turn });
    }
  }

  /** An event was kept: the next of the journal's, none left out, and what it says is what happened. */
  event(subject: string, bytes: Uint8Array): void {
    this.judged.events += 1;
    const told = JSON.parse(textOf(bytes)) as EventHead;
    const expected = this.#expected();
    if (expected === undefined || told.id !== expected.id) {
      const wanted = expected?.id ?? "none";
      return this.#tell(`event ${told.id} is kept, the journal's next is ${wanted}`, subject);
    }
    const { turn, index, seq } = expected;
    const { rejection } = turn;
    const event: Record<string, unknown> =
      rejection === undefined
        ? { ...turn.events[index] }
        : { type: "Rejected", agent: turn.from, code: rejection.code };
    const head = { seq, time: turn.at, agent: "fleet", ...event };
    const differs = this.#fieldsDiffer(head, told, told.type);
    if (differs !== undefined) this.#tell(differs, `event ${told.id}`);
    this.#next = { ...this.#next, index: this.#next.index + 1 };
  }

  /** The journal's next event that is told: a refusal counts as one. */
  #expected(): { id: string; turn: Turn; seq: number; index: number } | undefined {
    for (;;) {
      const { seq, turn: at, index } = this.#next;
      const message = this.#messages[seq - 1];
      if (message === undefined) return undefined;
      const turn = message[at];
      if (turn === undefined) this.#next = { seq: seq + 1, turn: 0, index: 0 };
      else if (index >= (turn.rejection === undefined ? turn.events.length : 1))
        this.#next = { seq, turn: at + 1, index: 0 };
      else return { id: `${seq}.${at}.${index}`, turn, seq, index };
    }
  }

  #fieldsDiffer(held: object, told: object, path: string): string | undefined {
    for (const [field, value] of Object.entries(held)) {
      if (value === undefined) continue;
      const said = (told as Record<string, unknown>)[field];
      const name = `${path}.${field}`;
      const wanted = field === "effect" ? (value as { name: string }).name : value;
      const differs = this.#differs(wanted, said, name);
      if (differs !== undefined) return differs;
    }
    return undefined;
  }

  #differs(held: unknown, told: unknown, name: string): string | undefined {
    if (typeof held === "bigint") return this.#amountDiffers(held, told, name);
    if (held !== null && typeof held === "object") {
      if (told === null || typeof told !== "object") return `${name} is told as ${told}`;
      return this.#fieldsDiffer(held, told, name);
    }
    return Object.is(held, told) ? undefined : `${name} is told as ${told}, it is ${held}`;
  }

  /** An amount is told by the same decimals each time; an asset's units by the asset's own. */
  #amountDiffers(held: bigint, told: unknown, name: string): string | undefined {
    if (held === 0n) return unitsOf(told, 0) === 0n ? undefined : `${name} is told as ${told}`;
    const known = this.#decimals.get(name);
    for (const decimals of known === undefined ? [6, 8, 9] : [known, 6, 8]) {
      if (unitsOf(told, decimals) !== held) continue;
      const units = /\.(units|principal|interest|amount)$/.test(name);
      if (known !== undefined && decimals !== known && !units) break;
      this.#decimals.set(name, known ?? decimals);
      return undefined;
    }
    return `${name} is told as ${told}, it is ${held} in its smallest units`;
  }
}
