/** What the law tells of debts with outsiders: agreements to all, a debt to the agent that recorded it. */
import type { AgentId } from "../core/ids.ts";
import { formatMicro } from "../core/money.ts";
import type { AgreementsView, DuesView } from "../protocol/due-views.ts";
import { dealtView } from "./dealt.ts";
import { intervalEnd } from "./intervals.ts";
import { keyOf, type Law } from "./state.ts";

export function agreementsView(law: Law, at: number): AgreementsView {
  const { dues } = law;
  if (dues.agreements.size === 0) return {};
  const agreements = [...dues.agreements].map(([party, { group, everyMs }]) => {
    return { party, group, everyMs, nextAt: intervalEnd(law, group, at) ?? 0 };
  });
  return { agreements };
}

export function duesView(law: Law, agent: AgentId, at: number): DuesView {
  const holder = law.agents.get(agent);
  const held = [...(holder?.dues ?? [])].flatMap(
    (due) => law.dues.open.get(keyOf(agent, due)) ?? [],
  );
  const dues = held.map(({ due, party, direction, amount }) => {
    return { due, party, direction, amount: formatMicro(amount) };
  });
  const dealt = holder === undefined ? {} : dealtView(holder.dealt);
  return { ...agreementsView(law, at), ...(dues.length === 0 ? {} : { dues }), ...dealt };
}
