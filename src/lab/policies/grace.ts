/** What the planner may know of the time that is left in a call: the books, and the account. */
import type { Grace } from "../../liquidation/patience.ts";
import { type Books, marksAt, SHARED, standing } from "./account.ts";

/** What a fleet file says of orders that wait, as fractions. */
export type Waits = Pick<Grace, "recovery" | "premium"> & Pick<Grace["account"], "shock" | "most">;

/** The grace of the shared account at a step with so many steps left. */
export function graceAt(books: Books, step: number, left: number, waits: Waits): Grace {
  const marks = marksAt(books, step);
  const { equity } = standing(books, SHARED, marks);
  const maintenance = new Map<string, number>();
  for (const { position, market, scope, m, qty } of books.held) {
    if (scope !== SHARED || position.collateral === true) continue;
    const value = (Math.abs(Number(qty)) / 1e8) * (marks[m] ?? 0);
    maintenance.set(position.id, value * market.maintenance);
  }
  const { recovery, premium, shock, most } = waits;
  const depth = new Map(
    books.crisis.markets.map(({ id }, m) => [id, books.crisis.stress[step]?.[m] ?? 1]),
  );
  const account = { equity, maintenance, shock, most };
  return { turnsLeft: Math.max(0, left), depth, recovery, premium, account };
}
