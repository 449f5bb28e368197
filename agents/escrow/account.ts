/** Runs up small debts with outsiders whose debts the fleet nets: recorded one by one, paid as one. */
import type { AgentView } from "../../src/protocol/views.ts";
import { usdcOf } from "../../src/sdk/amounts.ts";
import type { StrategyContext } from "../../src/sdk/define.ts";
import type { Intent } from "../../src/sdk/intent.ts";
import type { EscrowConfig } from "./config.ts";

/** When each entry of the config was recorded last, by its place: fleet time. */
export type Recorded = Readonly<Record<number, number>>;

/**
 * The debts that have come due since, one an entry: only with a party of an agreement, and what we owe
 * only where it can be held. At most `room` of them; the others come at the next look.
 */
export function accountDue(
  view: AgentView,
  before: Recorded,
  { config, now, name }: StrategyContext<EscrowConfig>,
  room: number,
): { readonly intents: readonly Intent[]; readonly recorded: Recorded } {
  const known = new Set((view.agreements ?? []).map(({ party }) => party));
  let left: bigint = usdcOf(view.delegation?.available ?? "0");
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
