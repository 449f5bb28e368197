/** What the law tells of debts with outsiders: agreements to all, a debt to the agent that recorded it. */
import type { AgentId } from "../core/ids.ts";
import { formatMicro } from "../core/money.ts";
import type { AgreementsView, DuesView } from "../protocol/due-views.ts";
import { dealtView } from "./dealt.ts";
import { keyOf, type Law } from "./state.ts";

export function agreementsView({ dues }: Law): AgreementsView {
  if (dues.agreements.size === 0) return {};
  const agreements = [...dues.agreements].map(([party, { group, everyMs }]) => {
    return { party, group, everyMs, nextAt: dues.nextAt.get(group) ?? 0 };
  });
  return { agreements };
}

export function duesView(law: Law, agent: AgentId): DuesView {
  const holder = law.agents.get(agent);
  const held = [...(holder?.dues ?? [])].flatMap(
    (due) => law.dues.open.get(keyOf(agent, due)) ?? [],
  );
  const dues = held.map(({ due, party, direction, amount }) => {
    return { due, party, direction, amount: formatMicro(amount) };
  });
  const dealt = holder === undefined ? {} : dealtView(holder.dealt);
  return { ...agreementsView(law), ...(dues.length === 0 ? {} : { dues }), ...dealt };
}
