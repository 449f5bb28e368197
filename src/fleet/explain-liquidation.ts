/** Explains a margin call: how it came and went, each plan with its alternatives, and what it cost in the end. */
import { FLEET } from "../core/ids.ts";
import { formatDecimal, formatMicro, type Micro, micro, PRICE_DECIMALS } from "../core/money.ts";
import { formatPpm, ppm } from "../core/ppm.ts";
import type { Millis } from "../core/time.ts";
import type { BookBelief, WaitingSteps } from "../protocol/crisis-facts.ts";
import type { EventOf, FleetEvent } from "../protocol/events.ts";
import type { LiquidationTold, PlanTold } from "../protocol/explanation.ts";
import { publicEvents } from "../protocol/public.ts";
import type { Turn } from "../protocol/turns.ts";
import { ORANGE, TRAILING } from "./crisis-state.ts";
import { evolve } from "./evolve.ts";
import { orangeTarget } from "./following.ts";
import { crisisRules, type Need, needOf } from "./margins.ts";
import { planFor } from "./planning.ts";
import { question } from "./question.ts";
import type { FleetState, Law } from "./state.ts";
import type { Place } from "./turn.ts";
import { stepOf } from "./unwinding.ts";

/** What of each unit of cost must come free too: of a call's own target, of orange's; of a trailing stop's none. */
function shareOf(law: Law, event: EventOf<"LiquidationPlanned">): Need["costShare"] {
  const rules = crisisRules(law);
  const need = rules === undefined ? undefined : needOf(law, rules, event.agent);
  if (event.call === ORANGE) return orangeTarget(law) ?? ppm(1);
  if (event.call === TRAILING) return ppm(0);
  return need?.by === event.by ? need.costShare : ppm(1);
}

const usd = (value: number): string => value.toFixed(6);

const bookText = (book: BookBelief) => ({
  ...{ market: book.market, own: book.own, depth: formatMicro(book.depth) },
  mark: formatDecimal(book.mark, PRICE_DECIMALS),
  halfSpread: formatPpm(book.halfSpread),
  permanentShare: formatPpm(book.permanentShare),
  takerFee: formatPpm(book.takerFee),
});

const waitingText = ({ steps, expected, atOnce }: WaitingSteps) => ({
  ...{ steps, expected: formatMicro(expected), atOnce: formatMicro(atOnce) },
});

const knockOnText = ({
  cost,
  of,
  unspared,
}: NonNullable<EventOf<"LiquidationPlanned">["knockOn"]>) => ({
  ...{ cost: formatMicro(cost), of, unspared: formatMicro(unspared) },
});

/** A journaled plan beside the same question asked of the planner again. */
function explainPlan(
  law: Law,
  event: EventOf<"LiquidationPlanned">,
  place: string,
  at: Millis,
): PlanTold {
  const need: Need = { by: event.by, amount: event.need, costShare: shareOf(law, event) };
  const again = planFor(law, event.agent, question(law, event.agent, need, at), need).plan;
  const steps = again?.steps.slice(0, event.steps.length).map(stepOf) ?? [];
  const text = (all: readonly object[]): string =>
    JSON.stringify(all, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));
  const ours = event.cost + (event.knockOn?.cost ?? 0n);
  const times = (cost: Micro): string =>
    ours === 0n ? "" : (Number(cost) / Number(ours)).toFixed(2);
  const { status, by, underway, freed, shortfall, cost, lowerBound, gap, more } = event;
  return {
    ...{ place, at, status, by, more, need: formatMicro(event.need) },
    ...{ underway: formatMicro(underway), freed: formatMicro(freed) },
    ...{ shortfall: formatMicro(shortfall), cost: formatMicro(cost) },
    ...{ lowerBound: formatMicro(lowerBound), gap: formatPpm(gap) },
    steps: event.steps.map((step) => ({
      ...{ kind: step.kind, agent: step.of, market: step.market, side: step.side },
      ...{ qty: String(Number(step.qty) / 1e8), frees: formatMicro(step.frees) },
      ...{ cost: formatMicro(step.cost), reason: step.reason, because: step.because },
    })),
    alternatives: event.alternatives.map(({ rule, cost: dear }) => ({
      ...{ rule, cost: formatMicro(dear), times: times(dear) },
    })),
    ...(event.waiting === undefined ? {} : { waiting: waitingText(event.waiting) }),
    ...(event.knockOn === undefined ? {} : { knockOn: knockOnText(event.knockOn) }),
    ...(event.unsettled === undefined ? {} : { unsettled: event.unsettled }),
    ...(event.pacedUntil === undefined ? {} : { pacedUntil: event.pacedUntil }),
    ...(event.books === undefined ? {} : { books: event.books.map(bookText) }),
    reproduced: again !== undefined && text(steps) === text(event.steps),
    ...(again === undefined
      ? {}
      : {
          shadowPrice: again.shadowPrice.toFixed(6),
          parts: Object.fromEntries(
            Object.entries(again.cost).map(([part, value]) => [part, usd(value as number)]),
          ),
          untouched: again.untouched,
        }),
  };
}

const PHASES: ReadonlySet<FleetEvent["type"]> = new Set([
  ...(["MarginCalled", "MarginCured", "MarginExpired", "MarginResolved"] as const),
]);

/** Gathers what belongs to one call, turn by turn, as the journal is folded. */
export class CallStory {
  readonly #call: string;
  readonly #phases: LiquidationTold["phases"][number][] = [];
  readonly #plans: PlanTold[] = [];
  readonly #cash: Readonly<Record<string, unknown>>[] = [];
  readonly #orders = new Set<string>();
  #scope = "";
  #fills = 0;
  #crosses = 0;
  #fees = 0n;
  #realized = 0n;

  constructor(call: string) {
    this.#call = call;
  }

  /** A turn, with the state before it; the state is not changed. */
  take(before: FleetState, turn: Turn, { seq, turn: index }: Place): void {
    const mine = turn.events.some((event) => this.#belongs(event));
    if (!mine) return;
    const told = publicEvents(turn, seq, index);
    const plans = turn.events.some((event) => event.type === "LiquidationPlanned");
    // A plan is made in the midst of its turn: what came before it there counts.
    const law = plans ? structuredClone(before) : before;
    for (const [i, event] of turn.events.entries()) {
      if (this.#belongs(event)) this.#note(law, event, `${seq}.${index}.${i}`, turn.at, told[i]);
      if (plans) evolve(law, event, turn.at);
    }
  }

  #belongs(event: FleetEvent): boolean {
    if ("call" in event) return event.call === this.#call;
    if ("because" in event) return event.because === this.#call;
    if (event.type === "OrderApproved") return event.forced === this.#call;
    return event.type === "FillBooked" && this.#orders.has(`${event.agent}/${event.order}`);
  }

  #note(law: Law, event: FleetEvent, place: string, at: Millis, told: object | undefined): void {
    if (event.type === "LiquidationPlanned") {
      this.#scope ||= event.agent;
      this.#plans.push(explainPlan(law, event, place, at));
    } else if (event.type === "OrderApproved") this.#orders.add(`${event.agent}/${event.order}`);
    else if (event.type === "FillBooked") {
      this.#fills += 1;
      this.#fees += event.fee;
      this.#realized += event.realized;
    } else if (event.type === "PositionsCrossed") {
      this.#crosses += 1;
      this.#realized += event.long.realized + event.short.realized;
    } else if (event.type === "CashRaised") {
      this.#scope ||= event.agent;
      this.#cash.push({ ...told });
    } else if (PHASES.has(event.type) && "agent" in event) {
      this.#scope ||= event.agent;
      this.#phases.push({ place, at, type: event.type, facts: { ...told } });
    }
  }

  /** None: undefined when nothing of it was met. */
  told(): LiquidationTold | undefined {
    if (this.#phases.length === 0 && this.#plans.length === 0 && this.#cash.length === 0)
      return undefined;
    return {
      ...{ kind: "liquidation", call: this.#call, agent: this.#scope || FLEET },
      ...{ phases: this.#phases, cash: this.#cash, plans: this.#plans },
      outcome: {
        ...{ orders: this.#orders.size, fills: this.#fills, crosses: this.#crosses },
        ...{ fees: formatMicro(micro(this.#fees)), realized: formatMicro(micro(this.#realized)) },
      },
    };
  }
}
