/** What the operator is told of a crisis: switches thrown, the reserve at work, the price of referrals. */
import { formatMicro, micro } from "../core/money.ts";
import type { FleetView } from "../protocol/views.ts";
import { isFlat, leftIn } from "./kills.ts";
import { deployedOf } from "./powder.ts";
import { ruleText } from "./rule-values.ts";
import { ruleOf } from "./rules.ts";
import type { Law } from "./state.ts";
import { powderLeft, reserveOf } from "./totals.ts";

export function killViews(law: Law): Pick<FleetView, "kills"> {
  if (law.kills.size === 0) return {};
  const kills = [...law.kills].map(([scope, kill]) => {
    const { mode, epoch, reason } = kill;
    return { scope, mode, epoch, reason, flat: isFlat(law, kill), ...leftIn(law, kill) };
  });
  return { kills };
}

/** What the fleet file loosened and does not hold yet, the next to come first. */
export function waitingView(law: Law): Pick<FleetView, "waitingRules"> {
  const { policy, waiting, looser } = law;
  if (policy === undefined || waiting.size + looser.size === 0) return {};
  const rules = [...waiting].map(([rule, { to, effectiveAt }]) => {
    return { rule, holds: ruleText(ruleOf(policy, rule)), to, effectiveAt };
  });
  const haircuts = [...looser].map(([asset, { haircut, effectiveAt }]) => {
    const holds = ruleText(law.assets.get(asset)?.haircut);
    return { rule: `assets.${asset}.haircut`, holds, to: ruleText(haircut), effectiveAt };
  });
  const sooner = (a: { effectiveAt: number }, b: { effectiveAt: number }): number =>
    a.effectiveAt - b.effectiveAt;
  return { waitingRules: [...rules, ...haircuts].sort(sooner) };
}

export function referralView({ referral: { income, fees, by } }: Law): Pick<FleetView, "referral"> {
  if (income === 0n) return {};
  const [earned, paid, net] = [income, fees, micro(income - fees)].map(formatMicro) as [
    string,
    string,
    string,
  ];
  const each = [...by].map(([agent, share]) => [agent, formatMicro(share)]);
  return { referral: { income: earned, fees: paid, net, by: Object.fromEntries(each) } };
}

export function powderView(law: Law): Pick<FleetView, "powder"> {
  const deployed = deployedOf(law);
  if (deployed === 0n) return {};
  const [reserve, remaining] = [formatMicro(reserveOf(law)), formatMicro(powderLeft(law))];
  return { powder: { reserve, deployed: formatMicro(deployed), remaining } };
}
