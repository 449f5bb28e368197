/** The memory to start on: what a start before this one has opened, the fleet's truth still shows. */
import type { AgentView } from "../../src/protocol/views.ts";
import type { Recorded } from "./account.ts";
import type { EscrowConfig } from "./config.ts";
import { beginEscrow, type EscrowMemory, openIn } from "./strategy.ts";

/**
 * A deal that is open has had its turn, and the next one waits its time from now; a debt that stands has
 * been recorded; a job that is open has had its turn too, and the next one waits from when the fleet's books say that
 * one was posted last. Without this a start that was cut short would do its last deal or job once more.
 */
export function resumeEscrow(view: AgentView, config: EscrowConfig): EscrowMemory {
  const fresh = beginEscrow();
  const { turn, openedAt } = fresh;
  const open = openIn(view);
  const resumed = (role: "pay" | "earn") => {
    const last = open.findLast((escrow) => escrow.role === role);
    if (last === undefined) return { turn: turn[role], at: openedAt[role] };
    const deals = role === "pay" ? config.buy : config.sell;
    const index = deals.findIndex(
      ({ counterparty, description }) =>
        counterparty === last.counterparty && description === last.description,
    );
    return { turn: index + 1, at: view.at };
  };
  const [pay, earn] = [resumed("pay"), resumed("earn")];
  return {
    ...fresh,
    turn: { pay: pay.turn, earn: earn.turn },
    openedAt: { pay: pay.at, earn: earn.at },
    account: standing(view, config),
    job: worked(view, config, fresh.job.at),
  };
}

function worked(view: AgentView, { jobs }: EscrowConfig, never: number): EscrowMemory["job"] {
  const last = view.jobs.findLast(({ by }) => by === view.agent);
  const index = jobs.findIndex(({ kind, brief }) => kind === last?.kind && brief === last.brief);
  return { next: index + 1, at: view.work?.postedAt ?? never };
}

function standing({ dues = [], at }: AgentView, { account }: EscrowConfig): Recorded {
  const stands = account.map(({ party, direction }) =>
    dues.some((due) => due.party === party && due.direction === direction),
  );
  return Object.fromEntries(stands.flatMap((one, i) => (one ? [[i, at]] : [])));
}
