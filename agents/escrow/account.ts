/** Runs up small debts with outsiders whose debts the fleet nets: recorded one by one, paid as one. */
import type { AgentView } from "../../src/protocol/views.ts";
import { usdcOf } from "../../src/sdk/amounts.ts";
import type { StrategyContext } from "../../src/sdk/define.ts";
import type { Intent } from "../../src/sdk/intent.ts";
import type { EscrowConfig } from "./config.ts";

/** When each entry of the config was recorded last, by its place: fleet time. */
export type Recorded = Readonly<Record<number, number>>;

type Context = StrategyContext<EscrowConfig>;

type Debt = Pick<EscrowConfig["account"][number], "party" | "direction" | "amount">;

/** When the books say that such a debt was recorded last. None: -Infinity. */
export const recordedAt = ({ dealt }: AgentView, { party, direction, amount }: Debt): number =>
  dealt?.dues.find(
    (due) =>
      due.party === party && due.direction === direction && usdcOf(due.amount) === usdcOf(amount),
  )?.at ?? Number.NEGATIVE_INFINITY;

/** Without the debts that were not taken, as the books have it: due again when the wait after a refusal is over. */
export function withoutRefused(
  view: AgentView,
  before: Recorded,
  { config, now, outcomes }: Context,
): Recorded {
  const recorded: Record<number, number> = { ...before };
  for (const { ok, intent } of outcomes) {
    if (ok || intent.command !== "RecordDue") continue;
    const { party, direction, amount, note } = intent.body;
    const i = config.account.findIndex(
      (debt) =>
        debt.party === party &&
        debt.direction === direction &&
        debt.amount === amount &&
        debt.note === note,
    );
    const debt = config.account[i];
    if (debt === undefined) continue;
    const again = now - Math.max(0, debt.everyMs - config.coolMs);
    // One that nobody answered may have been taken all the same.
    recorded[i] = Math.max(again, recordedAt(view, debt));
  }
  return recorded;
}

/**
 * The debts that have come due since, one an entry: only with a party of an agreement, and what we owe only within
 * what is left. At most `room` of them; the others come at the next look.
 */
export function accountDue(
  view: AgentView,
  before: Recorded,
  { config, now, name }: Context,
  { room, available }: { readonly room: number; readonly available: bigint },
): { readonly intents: readonly Intent[]; readonly recorded: Recorded } {
  const known = new Set((view.agreements ?? []).map(({ party }) => party));
  let left = available;
  const intents: Intent[] = [];
  const recorded: Record<number, number> = { ...before };
  config.account.forEach(({ everyMs, ...debt }, i) => {
    if (intents.length >= room || !known.has(debt.party)) return;
    if (now - (before[i] ?? Number.NEGATIVE_INFINITY) < everyMs) return;
    const holds = debt.direction === "pay" ? usdcOf(debt.amount) : 0n;
    if (holds > left) return;
    left -= holds;
    recorded[i] = now;
    intents.push({ command: "RecordDue", body: { due: name("d"), ...debt } });
  });
  return { intents, recorded };
}
