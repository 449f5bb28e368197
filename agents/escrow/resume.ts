/** The memory to start on: what a start before this one has opened, the fleet's truth still shows. */
import type { AgentView } from "../../src/protocol/views.ts";
import type { Recorded } from "./account.ts";
import type { EscrowConfig } from "./config.ts";
import { beginEscrow, type EscrowMemory, openIn } from "./strategy.ts";

/**
 * A deal that is open has had its turn, and the next one waits its time from now; a debt that stands has
 * been recorded. Without this a start that was cut short would make its last deal once more.
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
  };
}

function standing({ dues = [], at }: AgentView, { account }: EscrowConfig): Recorded {
  const stands = account.map(({ party, direction }) =>
    dues.some((due) => due.party === party && due.direction === direction),
  );
  return Object.fromEntries(stands.flatMap((one, i) => (one ? [[i, at]] : [])));
}
