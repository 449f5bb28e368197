/** The fleet's risk beside the law: kept in step with every turn, asked before every order. */
import type { AgentId, MarketId } from "../core/ids.ts";
import { type Micro, QTY_DECIMALS, type Qty, qty, toFloat, ZERO } from "../core/money.ts";
import { formatPpm, ONE, type Ppm } from "../core/ppm.ts";
import { keyOf, type Law } from "../fleet/state.ts";
import type { FleetEvent } from "../protocol/events.ts";
import type { MarketPolicy } from "../protocol/policy.ts";
import type { RegimeFacts, RiskEstimate } from "../protocol/risk-facts.ts";
import type { MeasuresView } from "../protocol/risk-view.ts";
import type { Command, CommandOf, Turn } from "../protocol/turns.ts";
import { signOf } from "../protocol/words.ts";
import type { DriftHorizon } from "../risk/drift-calibration.ts";
import { REGIMES } from "../risk/regime.ts";
import type { DailyHistory } from "../venue/paper/history.ts";
import { partsByAgent } from "./risk-desk-attribution.ts";
import { type Around, RiskBook } from "./risk-desk-book.ts";
import { microUp } from "./risk-desk-numbers.ts";
import type { Desk } from "./risk-desk-parts.ts";
import { isResized, sizedReserve } from "./risk-desk-reserve.ts";
import { type Scenarios, scenariosOf } from "./risk-desk-scenarios.ts";
import { StressedDesk, stressRegime } from "./risk-desk-stressed.ts";
import { lightView, type SlowView, slowView } from "./risk-desk-view.ts";
import { Watch } from "./risk-desk-watch.ts";

export interface DeskSettings {
  /** Confidence of the limit and of the components, in ppm. */
  readonly level: Ppm;
  /** Days that are replayed, at most. */
  readonly window: number;
  /** Returns of one monitoring period. */
  readonly driftHorizon: DriftHorizon;
}

/** One per cent and five per cent are always told, whatever the level of the limit. */
const TOLD_TAILS: readonly Ppm[] = [10_000 as Ppm, 50_000 as Ppm];
/** Stress table, breaking move and the count of bets are made anew after this, in ms. */
const SLOW_MS = 5_000;

export class RiskDesk {
  readonly #settings: DeskSettings;
  readonly #scenarios: Scenarios;
  readonly #stressed: StressedDesk;
  #desk: Desk | undefined;
  #slow: (SlowView & { readonly at: number }) | undefined;
  #sizedAt = 0;
  #urgent: () => void = () => undefined;

  constructor(history: DailyHistory, settings: DeskSettings) {
    this.#settings = settings;
    this.#scenarios = scenariosOf(history, settings.window);
    this.#stressed = new StressedDesk(this.#scenarios);
  }

  /** Told when zone, mode or regime change: the next snapshot should not wait for its time. */
  set urgent(told: () => void) {
    this.#urgent = told;
  }

  /** The fleet as the law has it: at the beginning, after a recovery, and when the rules change. */
  follow(law: Law): void {
    this.#slow = undefined;
    this.#desk = undefined;
    const markets = marketsOf(law);
    if (markets.length === 0) return;
    const book = new RiskBook(markets, this.#scenarios);
    for (const { policy: market, mark } of law.markets.values()) {
      if (mark !== undefined) book.mark(market.market, mark);
    }
    for (const held of law.positions.values()) {
      if (held.qty !== 0n) book.position(held.agent, held.market, held.qty);
    }
    for (const [key, order] of law.orders) {
      book.order(key, order.market, leftOf(order));
    }
    const tail = (ONE - this.#settings.level) as Ppm;
    const settings = { horizon: this.#settings.driftHorizon, tails: TOLD_TAILS };
    const watch = new Watch(book, this.#scenarios, settings, law);
    this.#desk = { book, watch, scenarios: this.#scenarios, stressed: this.#stressed, tail };
  }

  /**
   * Follows a decided turn, after it is folded.
   *
   * None: undefined unless the weather has changed; else what the law is to be told next.
   */
  taken(turn: Turn, law: Law): RegimeFacts | undefined {
    let marked = false;
    for (const event of turn.events) marked = this.#heard(event, law) || marked;
    const desk = this.#desk;
    if (desk === undefined || !marked) return undefined;
    const facts = desk.watch.judge();
    const reserve = this.#sized(desk, law, turn.at);
    const told = reserve === undefined ? facts : { ...facts, reserve };
    const same = facts.regime === law.regime && facts.alarm === law.frozen;
    return same && reserve === undefined ? undefined : told;
  }

  /** The reserve where it is to be told anew, measured at the slow rate. */
  #sized(desk: Desk, law: Law, at: number): Micro | undefined {
    if (law.policy?.crisis?.reserveRatio === undefined || at - this.#sizedAt < SLOW_MS) return;
    this.#sizedAt = at;
    const reserve = sizedReserve(desk, law);
    return isResized(law, reserve) ? reserve : undefined;
  }

  /** True when marks have come. */
  #heard(event: FleetEvent, law: Law): boolean {
    const desk = this.#desk;
    switch (event.type) {
      case "FleetConfigured":
        this.follow(law);
        return false;
      case "RuleLoosened":
        // Brackets are part of the book.
        if (event.rule.startsWith("markets.")) this.follow(law);
        return false;
      case "MarksSet":
        desk?.watch.passing(Math.max(0, ...event.marks.map((mark) => mark.at)));
        for (const mark of event.marks) desk?.book.mark(mark.market, mark.price);
        desk?.watch.passed();
        return true;
      case "FillBooked":
        if (event.order !== "") this.#order(law, keyOf(event.agent, event.order), event.market);
        this.#positions(law, event);
        return false;
      case "OrderApproved":
        this.#order(law, keyOf(event.agent, event.order), event.market);
        return false;
      case "OrderRejected":
      case "OrderClosed":
        this.#order(law, keyOf(event.agent, event.order), undefined);
        return false;
      case "ZoneChanged":
      case "RegimeSet":
      case "ModeSet":
        this.#slow = undefined;
        this.#urgent();
        return false;
      default:
        this.#positions(law, event);
        return false;
    }
  }

  /** Whatever an event was about: where it names a market, its agents hold what the law says. */
  #positions(law: Law, event: FleetEvent): void {
    const { market, agent, long, short, parts = [] } = event as Naming;
    if (market === undefined) return;
    for (const id of [agent, long?.of, short?.of, ...parts.map(({ of }) => of)]) {
      if (id === undefined) continue;
      const size = law.positions.get(keyOf(id, market))?.qty ?? qty(0n);
      this.#desk?.book.position(id, market, size);
    }
  }

  #order(law: Law, key: string, market: MarketId | undefined): void {
    const held = law.orders.get(key);
    if (held !== undefined) this.#desk?.book.order(key, held.market, leftOf(held));
    else this.#desk?.book.order(key, market, qty(0n));
  }

  /**
   * Fleet value at risk before and after an order, rounded up: with orders under way at their worst,
   * and in bad weather the larger of the replayed and the stressed one.
   *
   * None: undefined for what only reduces, and where it cannot be measured.
   */
  estimate(law: Law, { body }: CommandOf<"PlaceOrder">): RiskEstimate | undefined {
    const desk = this.#desk;
    const index = desk?.book.indexOf(body.market);
    if (desk === undefined || index === undefined || body.reduceOnly === true) return undefined;
    const coins = toFloat((body.qty * signOf(body.side)) as Qty, QTY_DECIMALS);
    const replayed = desk.book.around(index, coins, desk.tail);
    if (replayed === undefined) return undefined;
    const level = `${formatPpm(this.#settings.level)} over 1 d`;
    const told = (measure: string, { before, after }: Around): RiskEstimate => ({
      measure: `${measure} ${level}`,
      varBefore: before > 0 ? microUp(before) : ZERO,
      varAfter: after > 0 ? microUp(after) : ZERO,
    });
    const stressed = isRough(law) ? stressedAround(desk, law, index, coins) : undefined;
    if (stressed === undefined || stressed.after <= replayed.after) {
      const before = Math.max(replayed.before, stressed?.before ?? 0);
      return told("historical simulation", { ...replayed, before });
    }
    const before = Math.max(replayed.before, stressed.before);
    return told(`stressed (${stressRegime(law.regime)})`, { ...stressed, before });
  }

  /** The command with its estimate, where it is an order. */
  stamped(law: Law, command: Command): Command {
    if (command.type !== "PlaceOrder") return command;
    const estimate = this.estimate(law, command);
    if (estimate === undefined) return command;
    return { ...command, stamp: { ...command.stamp, estimate } };
  }

  /** Everything measured. None: undefined before there are rules. */
  measures(law: Law, at: number): MeasuresView | undefined {
    const desk = this.#desk;
    if (desk === undefined) return undefined;
    if (this.#slow === undefined || at - this.#slow.at >= SLOW_MS || at < this.#slow.at) {
      this.#slow = { ...slowView(desk, law), at };
    }
    return lightView(desk, law, this.#slow);
  }

  /** Every agent's part of the value at risk, adding up to it. None: undefined where it is not measured. */
  parts(): ReadonlyMap<string, Micro> | undefined {
    return this.#desk === undefined ? undefined : partsByAgent(this.#desk);
  }

  /** For tests and benches: what the desk works with now. */
  get desk(): Desk | undefined {
    return this.#desk;
  }
}

/** The markets of the rules, and those that they name no more and that somebody still holds. */
function marketsOf({ policy, markets }: Law): readonly MarketPolicy[] {
  const left = [...markets.values()].filter((one) => one.delisted && one.positions.size > 0);
  return [...(policy?.markets ?? []), ...left.map((one) => one.policy)];
}

/** Whom an event may name beside a market: its agent, the sides of a cross, whom the venue took from. */
interface Naming {
  readonly market?: MarketId;
  readonly agent?: AgentId;
  readonly long?: { readonly of: AgentId };
  readonly short?: { readonly of: AgentId };
  readonly parts?: readonly { readonly of: AgentId }[];
}

type HeldOrder = NonNullable<ReturnType<Law["orders"]["get"]>>;

/** What may still fill, signed. */
const leftOf = (order: HeldOrder): Qty => qty((order.qty - order.filled) * signOf(order.side));

/** From a sell-off on, or while an alarm holds, the measured correlations are not believed. */
const isRough = ({ regime, frozen }: Law): boolean =>
  frozen || REGIMES.indexOf(regime) >= REGIMES.indexOf("sell-off");

/** Orders under way all filled or none, whichever is worse. */
function stressedAround(desk: Desk, law: Law, index: number, coins: number): Around | undefined {
  const { book, stressed, tail, scenarios } = desk;
  const asset = book.markets[index]?.stand.asset ?? 0;
  const value = coins * (book.fleet.marks[index] ?? 0);
  let [before, after] = [0, 0];
  for (const underWay of [false, true]) {
    const exposures = book.exposures(scenarios.assets.length, underWay);
    const now = stressed.measure(exposures, tail, law.regime);
    exposures[asset] = (exposures[asset] ?? 0) + value;
    const then = stressed.measure(exposures, tail, law.regime);
    if (!now.ok || !then.ok) return undefined;
    before = Math.max(before, now.value.var);
    after = Math.max(after, then.value.var);
  }
  return { before, after };
}
