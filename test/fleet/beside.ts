/** Who brought what in a story, told apart from its books: by the events of its journal, by none of its accounts. */
import { expect } from "vitest";
import { must } from "../../src/core/assert.ts";
import { parseDecimal } from "../../src/core/money.ts";
import { DAY } from "../../src/core/time.ts";
import { attributionView } from "../../src/fleet/attribution.ts";
import { evolve } from "../../src/fleet/evolve.ts";
import { emptyState } from "../../src/fleet/state.ts";
import { Brought } from "../../src/lab/check/brought.ts";
import { CostMeter } from "../../src/lab/check/cost.ts";
import type { AttributionLine, AttributionView } from "../../src/protocol/margin-view.ts";
import { DEMO } from "./cast.ts";
import type { Story } from "./spec.ts";

export const exact = (text: string | undefined, decimals = 6): bigint =>
  must(parseDecimal(text ?? "0", decimals), `${text} is an amount`);

const day = (at: number): number => Math.floor(at / DAY);

export class Beside {
  readonly brought = new Brought();
  readonly #story: Story;
  readonly #meter = new CostMeter();
  /** What was reserved before each event, which is all that the meter asks of it. */
  readonly #before = emptyState(DEMO);
  /** All results when a day was over. */
  readonly #closes: { readonly day: number; readonly result: bigint }[] = [];
  #heard = 0;

  constructor(story: Story) {
    this.#story = story;
  }

  hear(): void {
    const { journal } = this.#story;
    for (const { turn } of journal.slice(this.#heard)) {
      this.#passes(turn.at);
      for (const event of turn.events) {
        this.#meter.event(event, this.#before);
        this.brought.event(event);
        evolve(this.#before, event, turn.at);
      }
    }
    this.#heard = journal.length;
  }

  #passes(at: number): void {
    const { at: last } = this.#before.past;
    if (last > 0 && day(at) !== day(last))
      this.#closes.push({ day: day(last), result: this.#all() });
    this.#meter.passes(this.#before, at);
  }

  /** Of all agents: results in USDC, coins, and what is open at the marks. */
  #all(): bigint {
    let sum = this.#sum("USDC/");
    for (const amount of this.brought.unrealized().values()) sum += amount;
    for (const amount of this.brought.coins.values()) sum += amount;
    return sum;
  }

  #sum(beginning: string): bigint {
    let sum = 0n;
    for (const [key, amount] of this.brought.results) if (key.startsWith(beginning)) sum += amount;
    return sum;
  }

  /** Every figure of the view is what the journal comes to; every column adds up. */
  check(): AttributionView {
    this.hear();
    const { state } = this.#story;
    expect(this.brought.differs(state)).toBeUndefined();
    expect(this.#meter.differs(state)).toBeUndefined();
    const view = attributionView(state, state.at);
    const { lines, total, wallet } = view;
    const column = (of: (line: Omit<AttributionLine, "agent">) => bigint): bigint => {
      const sum = lines.reduce((all, line) => all + of(line), 0n);
      expect(of(total)).toBe(sum);
      return sum;
    };
    for (const kind of Object.keys(total.results)) {
      const came = [kind, this.#sum(`USDC/${kind}/`)];
      expect([kind, column(({ results }) => exact(results[kind]))]).toEqual(came);
    }
    for (const { asset, results } of wallet.coins) {
      const came = this.#sum(`${asset}/`);
      expect(column(({ earned }) => exact(earned[asset], 8))).toBe(came);
      expect(exact(results, 8)).toBe(came);
    }
    expect(exact(wallet.results)).toBe(this.#sum("USDC/"));
    expect(column(({ pnl }) => exact(pnl))).toBe(this.#all());
    const before = this.#closes.findLast((close) => close.day <= day(state.at) - 7);
    const week = this.#all() - (before?.result ?? 0n);
    expect(column(({ pnlWeek }) => exact(pnlWeek))).toBe(week);
    expect(column(({ marginCost }) => exact(marginCost))).toBe(this.#meter.micro);
    expect(exact(wallet.marginCost)).toBe(this.#meter.micro);
    for (const line of lines) this.#line(line);
    return view;
  }

  #line({ agent, results, unrealized, coins }: AttributionLine): void {
    for (const [kind, amount] of Object.entries(results))
      expect(exact(amount)).toBe(this.brought.results.get(`USDC/${kind}/${agent}`) ?? 0n);
    expect(exact(unrealized)).toBe(this.brought.unrealized().get(agent) ?? 0n);
    expect(exact(coins)).toBe(this.brought.coins.get(agent) ?? 0n);
  }
}

/** The attribution of a story as it stands, after it has been counted anew from its journal. */
export const attributed = (story: Story): AttributionView => new Beside(story).check();
