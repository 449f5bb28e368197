/** The memory to start on: what a start before this one has opened and recorded, the fleet's books tell. */
import type { AgentView } from "../../src/protocol/views.ts";
import { type Recorded, recordedAt } from "./account.ts";
import type { EscrowConfig } from "./config.ts";
import { beginEscrow, type EscrowMemory } from "./strategy.ts";

/**
 * A deal, a debt and a job had their turn when the books say so, open yet or over long ago, and the next one waits its
 * time from then. Without this a new start would do its last deal, debt or job once more.
 */
export function resumeEscrow(view: AgentView, config: EscrowConfig): EscrowMemory {
  const fresh = beginEscrow();
  const { turn, openedAt } = fresh;
  const resumed = (role: "pay" | "earn") => {
    const last = view.dealt?.escrows.find((escrow) => escrow.role === role);
    if (last === undefined) return { turn: turn[role], at: openedAt[role] };
    const deals = role === "pay" ? config.buy : config.sell;
    const index = deals.findIndex(
      ({ counterparty, description }) =>
        counterparty === last.counterparty && description === last.description,
    );
    return { turn: index + 1, at: last.at };
  };
  const [pay, earn] = [resumed("pay"), resumed("earn")];
  return {
    ...fresh,
    turn: { pay: pay.turn, earn: earn.turn },
    openedAt: { pay: pay.at, earn: earn.at },
    account: recorded(view, config),
    job: worked(view, config, fresh.job.at),
  };
}

function worked(view: AgentView, { jobs }: EscrowConfig, never: number): EscrowMemory["job"] {
  const last = view.jobs.findLast(({ by }) => by === view.agent);
  const index = jobs.findIndex(({ kind, brief }) => kind === last?.kind && brief === last.brief);
  return { next: index + 1, at: view.work?.postedAt ?? never };
}

/** Two entries that differ in their note alone are one to the books: both wait from the newer. */
const recorded = (view: AgentView, { account }: EscrowConfig): Recorded =>
  Object.fromEntries(account.map((debt, i) => [i, recordedAt(view, debt)]));
