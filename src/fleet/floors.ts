/** The floor under a delegation: who has lost down to it may only reduce. */
import type { AgentId } from "../core/ids.ts";
import { max, micro } from "../core/money.ts";
import type { Consequence, Context } from "./admission.ts";
import { cancelOpen } from "./closing.ts";

/** Latches reduce-only when realized and unrealized loss since the grant reach cap less floor. */
export function* floorDue(ctx: Context, id: AgentId): Consequence {
  const agent = ctx.law.agents.get(id);
  const delegation = agent?.delegation;
  if (agent === undefined || delegation === undefined || delegation.phase === "ended") return;
  if (delegation.floor === 0n || agent.mode !== "run") return;
  const loss = micro(delegation.realizedAtGrant - agent.realized - agent.unrealized);
  // A cap that was cut below its floor allows no loss at all, and none is what it says.
  const allowed = micro(max<bigint>(delegation.cap - delegation.floor, 0n));
  if (loss < allowed || loss <= 0n) return;
  yield { type: "FloorBreached", agent: id, loss, allowed };
  yield* cancelOpen(ctx, id, "floor");
}
