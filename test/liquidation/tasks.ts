/** The planner's inner questions, for tests that ask its parts one by one. */
import { type Book, prepare } from "../../src/liquidation/book.ts";
import { type Choice, choose } from "../../src/liquidation/choice.ts";
import type { PlanInput, PlanMarket, PlanPosition } from "../../src/liquidation/plan-types.ts";
import type { Task } from "../../src/liquidation/search.ts";
import { dice, type FleetShape, fleet } from "./fleets.ts";
import { COIN, market as withFee } from "./hand.ts";

/** The columns of an input that is not refused. */
export function bookOf(input: PlanInput): Book {
  const made = prepare(input);
  if (!made.ok) throw new Error(made.reason);
  return made.value;
}

export { COIN };
/** A market at 100 USDC in lots of one coin, without a fee: a lot of 100 lots of margin frees a hundredth of it. */
export const market = (id: string, over: Partial<PlanMarket> = {}): PlanMarket =>
  withFee(id, { fee: 0, ...over });
export const held = (
  id: string,
  where: string,
  over: Partial<PlanPosition> = {},
): PlanPosition => ({
  ...{ id, agent: id, market: where, qty: 100n * COIN, margin: 1_000_000_000n, tier: 0 },
  ...over,
});

/** A task over whole markets and positions of one tier, all of them open. */
export function taskOf(
  need: bigint,
  markets: PlanMarket[],
  positions: PlanPosition[],
  over: Partial<PlanInput> = {},
): Task {
  const book = bookOf({ need, markets, positions, ...over });
  return { book, open: Int32Array.from(book.positions, (_, i) => i), need: Number(need) };
}

/** A choice of so many lots of each position, in their order. */
export const chosen = (task: Task, ...lots: number[]): Choice =>
  choose(task.book, Float64Array.from(lots));

export interface Question {
  readonly input: PlanInput;
  readonly task: Task;
  /** What the tiers before the open one close. */
  readonly base: Choice;
}

/** A fleet of two tiers of which the first is closed whole: its second one is open. */
export function question(seed: number, shape: Partial<FleetShape> = {}): Question {
  const input = fleet(seed, { positions: 7, markets: 3, lots: 6, tiers: 2, shorts: 0.4, ...shape });
  const book = bookOf(input);
  const last = (shape.tiers ?? 2) - 1;
  const first = Float64Array.from(book.positions, ({ tier }, i) =>
    tier < last ? (book.cap[i] ?? 0) : 0,
  );
  const open = book.positions.flatMap(({ tier }, i) => (tier === last ? [i] : []));
  const base = choose(book, first);
  let most = 0;
  for (const i of open) most += book.most[i] ?? 0;
  // Something of the open tier is needed, whatever the first one frees.
  const need = Math.round(base.freed + most * dice(seed + 77).between(0.1, 0.7));
  return { input, task: { book, open: Int32Array.from(open), need }, base };
}

/** The same with at most so many lots of each market sent. */
export function paced({ input, task, base }: Question, lots: number): Question {
  const { book } = task;
  const pace = Float64Array.from(
    book.markets,
    ({ lot, mark }) => (lots * Number(lot * mark)) / 1e16,
  );
  return { input, task: { ...task, book: { ...book, pace } }, base };
}
