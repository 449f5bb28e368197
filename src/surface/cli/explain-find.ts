/** Finds what somebody names in a journal, and explains it as the fold comes by. */
import { type AgentId, type FleetId, isName } from "../../core/ids.ts";
import { AgentStory } from "../../fleet/explain-agent.ts";
import { explainDecision } from "../../fleet/explain-decision.ts";
import { CallStory } from "../../fleet/explain-liquidation.ts";
import { emptyState, type FleetState } from "../../fleet/state.ts";
import { foldTurn, type Place } from "../../fleet/turn.ts";
import type { FleetEvent } from "../../protocol/events.ts";
import type { DecisionTold, Explanation } from "../../protocol/explanation.ts";
import { publicEvents } from "../../protocol/public.ts";
import type { Turn } from "../../protocol/turns.ts";
import { readBatch } from "../../runtime/batches.ts";
import { nearestOf } from "../../runtime/suggest.ts";
import { EMPTY_HEAD, type JournalEntry, type JournalPort } from "../../wire/journal.ts";
import { CliError, EXIT } from "./exit.ts";

/** What may be asked for, as it is typed. */
export type Wanted =
  | { readonly kind: "place"; readonly seq: number; readonly turn: number | undefined }
  | { readonly kind: "call"; readonly call: string | undefined }
  /** An agent, or the name of a command, order, bet, escrow, loan, reservation or domain. */
  | { readonly kind: "name"; readonly agent: string | undefined; readonly name: string };

/** `521`, `521.3`, `521.3.0`, `call-2`, `liquidation`, `trading`, `o-1`, `trading/o-1`. */
export function wantedOf(text: string): Wanted {
  const place = /^(\d+)(?:\.(\d+)(?:\.\d+)?)?$/.exec(text);
  if (place !== null) {
    const turn = place[2] === undefined ? undefined : Number(place[2]);
    return { kind: "place", seq: Number(place[1]), turn };
  }
  if (text === "liquidation") return { kind: "call", call: undefined };
  if (/^call-\d+$/.test(text) || text === "orange") return { kind: "call", call: text };
  const slash = text.indexOf("/");
  if (slash < 0) return { kind: "name", agent: undefined, name: text };
  return { kind: "name", agent: text.slice(0, slash), name: text.slice(slash + 1) };
}

const NAMES = ["order", "bet", "escrow", "loan", "reservation", "domain"] as const;

/** What an event or a request is about, by name. */
function namesIn(fields: object): readonly string[] {
  const held = fields as Readonly<Record<string, unknown>>;
  const found = NAMES.map((field) => held[field]);
  return found.filter((name): name is string => typeof name === "string" && name !== "");
}

const agentIn = (event: FleetEvent): string => ("agent" in event ? event.agent : "");

export interface Found {
  readonly explanation: Explanation;
  /** What became of it: public events in order. */
  readonly later: readonly Readonly<Record<string, unknown>>[];
}

/** Names that are remembered to suggest one. */
const NAMES_KEPT = 4_096;
/** Events of its life that are told. */
const THEN_MAX = 64;

class Finder {
  readonly state: FleetState;
  readonly #wanted: Wanted;
  readonly #decisions: { readonly told: DecisionTold; readonly owner: string }[] = [];
  readonly #later: Readonly<Record<string, unknown>>[] = [];
  readonly #names = new Set<string>();
  readonly #places: string[] = [];
  #call: CallStory | undefined;
  readonly #agent: AgentStory | undefined;

  constructor(fleet: FleetId, wanted: Wanted) {
    this.state = emptyState(fleet);
    this.#wanted = wanted;
    if (wanted.kind === "call" && wanted.call !== undefined) {
      this.#call = new CallStory(wanted.call);
    }
    const isAgent = wanted.kind === "name" && wanted.agent === undefined && isName(wanted.name);
    this.#agent = isAgent ? new AgentStory(wanted.name as AgentId) : undefined;
  }

  /** The state is the one before the turn. */
  take(turn: Turn, place: Place): void {
    const { kind } = this.#wanted;
    if (kind === "place") this.#place(turn, place);
    else if (kind === "call") this.#inCall(turn, place);
    else this.#named(turn, place);
    this.#agent?.take(turn, place);
    foldTurn(this.state, turn, place);
  }

  #place(turn: Turn, place: Place): void {
    const wanted = this.#wanted;
    if (wanted.kind !== "place" || wanted.seq !== place.seq) return;
    this.#places.push(`${place.seq}.${place.turn}  ${turn.type} of ${turn.from}`);
    if (wanted.turn !== undefined && wanted.turn !== place.turn) return;
    const plan = turn.events.find(({ type }) => type === "LiquidationPlanned");
    // A turn that only told of a plan is about that plan.
    if (plan !== undefined && "call" in plan) this.#call ??= new CallStory(plan.call);
    this.#call?.take(this.state, turn, place);
    this.#keep(turn, place, turn.from);
  }

  #keep(turn: Turn, place: Place, owner: string): void {
    this.#decisions.push({ told: explainDecision(this.state, turn, place), owner });
  }

  #inCall(turn: Turn, place: Place): void {
    const wanted = this.#wanted;
    if (wanted.kind !== "call") return;
    for (const event of turn.events) {
      if (event.type === "MarginCalled") {
        this.#names.add(event.call);
        // Without a name the last one is meant: a later call begins the story anew.
        if (wanted.call === undefined) this.#call = new CallStory(event.call);
      }
    }
    this.#call?.take(this.state, turn, place);
  }

  #named(turn: Turn, place: Place): void {
    const wanted = this.#wanted;
    if (wanted.kind !== "name") return;
    const { name, agent } = wanted;
    const asked = turn.asked !== null && typeof turn.asked === "object" ? namesIn(turn.asked) : [];
    this.#remember(turn, asked);
    const of = (who: string): boolean => agent === undefined || agent === who;
    const mine = turn.events.filter((event) => namesIn(event).includes(name) && of(agentIn(event)));
    const isIt = of(turn.from) && (turn.id === name || asked.includes(name));
    // An obligation begins with its effect; of the coordinator's own orders nobody else has asked.
    const begins = mine.find((event) => "effect" in event);
    if (isIt || begins !== undefined)
      this.#keep(turn, place, begins === undefined ? turn.from : agentIn(begins));
    if ((!isIt && mine.length === 0) || this.#later.length >= THEN_MAX) return;
    const told = publicEvents(turn, place.seq, place.turn);
    const shown = isIt ? told : told.filter((_, i) => mine.some((one) => one === turn.events[i]));
    this.#later.push(...shown);
  }

  #remember(turn: Turn, asked: readonly string[]): void {
    const names = [turn.id, ...asked, ...turn.events.flatMap((event) => namesIn(event))];
    for (const name of names) if (name !== "") this.#names.add(name);
    while (this.#names.size > NAMES_KEPT) {
      for (const first of this.#names) {
        this.#names.delete(first);
        break;
      }
    }
  }

  /** @throws CliError when nothing, or more than one thing, is called so. */
  found(text: string, head: number): Found {
    const call = this.#call?.told();
    const decisions = this.#decisions;
    if (this.#wanted.kind === "call") {
      if (call !== undefined) return { explanation: call, later: [] };
      throw this.#unknown(text, head, [...this.#names]);
    }
    const agent = decisions.length === 0 ? this.#agent?.told(this.state) : undefined;
    if (agent !== undefined) return { explanation: agent, later: [] };
    if (this.#wanted.kind === "place") return this.#atPlace(text, head, call);
    const owners = [...new Set(decisions.map(({ owner }) => owner))];
    if (owners.length > 1) {
      const names = owners.map((owner) => `${owner}/${text}`).join(" or ");
      throw new CliError(EXIT.usage, `several agents have a ${text}: name ${names}`);
    }
    // What was refused and asked again is the one that passed; the refusals stand among the rest.
    const chosen = decisions.find(({ told }) => told.outcome !== "refused") ?? decisions.at(-1);
    if (chosen === undefined)
      throw this.#unknown(text, head, [...this.#names, ...this.state.agents.keys()]);
    const { told } = chosen;
    const rest = this.#later.filter(({ id }) => !String(id).startsWith(`${told.place}.`));
    return { explanation: told, later: rest };
  }

  #atPlace(text: string, head: number, call: Found["explanation"] | undefined): Found {
    const [first, second] = this.#decisions;
    if (first === undefined) throw this.#unknown(text, head, []);
    if (second !== undefined) {
      const list = this.#places.map((place) => `\n  ${place}`).join("");
      throw new CliError(EXIT.usage, `message ${text} holds several decisions:${list}`);
    }
    return { explanation: call ?? first.told, later: [] };
  }

  #unknown(text: string, head: number, names: readonly string[]): CliError {
    const near = nearestOf(text, names);
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    return new CliError(
      EXIT.usage,
      `nothing in the journal (messages 1 to ${head}) is called "${text}"${hint}. ` +
        "Name a decision (521.3, or a command's id), an order, bet, escrow, loan or reservation " +
        "(agent/name where several have it), an agent, or a margin call (call-1, or liquidation)",
    );
  }
}

/**
 * Reads a journal from its beginning and explains what is wanted.
 *
 * @throws CliError when nothing is called so; JournalBrokenError when the chain does not hold.
 */
export async function findIn(fleet: FleetId, journal: JournalPort, text: string): Promise<Found> {
  const wanted = wantedOf(text);
  // The coordinator's own decisions have no name: nothing would stand for the first of them.
  if (wanted.kind === "name" && wanted.name === "")
    throw new CliError(
      EXIT.usage,
      "name what is to be explained: an agent, an order, 521.3, call-1",
    );
  const finder = new Finder(fleet, wanted);
  let head = EMPTY_HEAD;
  for (;;) {
    const entries = await some(journal, head.seq + 1);
    for (const entry of entries) {
      const batch = readBatch(entry, fleet, head.hash);
      for (const [turn, taken] of batch.turns.entries())
        finder.take(taken, { seq: entry.seq, turn });
      head = { seq: entry.seq, hash: entry.hash };
      if (wanted.kind === "place" && entry.seq === wanted.seq) return finder.found(text, head.seq);
    }
    if (entries.length < AT_ONCE) return finder.found(text, head.seq);
  }
}

const AT_ONCE = 1_000;

/** The next messages: read before any is looked at, for a plan that is made anew would keep the broker waiting. */
async function some(journal: JournalPort, from: number): Promise<readonly JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for await (const entry of journal.read(from)) if (entries.push(entry) >= AT_ONCE) break;
  return entries;
}
