/** What the page of the fleet says of its bets: who may place none, what was disputed, left out or never proven. */
import type { BettingView } from "../../protocol/betting-view.ts";
import type { StatusView } from "../../protocol/views.ts";
import { AT_FAULT } from "../../protocol/words.ts";
import type { Paint } from "./io.ts";
import { plainText, plural } from "./numbers.ts";

const heldText = (agent: string, { bet, atFault, reason }: NonNullable<BettingView["held"]>) => {
  const all = atFault === "house";
  const who = all ? "nobody may bet" : `${agent} may bet no more`;
  const why = `${bet}${all ? ` of ${agent}` : ""}: ${AT_FAULT[atFault]} (${plainText(reason)})`;
  return `${who}, for ${why}; flotilla resume ${agent} ends that`;
};

/** Who may not bet and why, bets disputed since the beginning, and who has some without a proof. */
export function bettingLines({ counts, agents }: StatusView, paint: Paint): string[] {
  const disputed = counts["BetDisputed"] ?? 0;
  const unproven = agents.flatMap(({ agent, unproven = 0 }) =>
    unproven === 0
      ? []
      : paint.yellow(`${plural(unproven, "bet")} of ${agent} unproven: no seed came in time`),
  );
  const skipped = agents.flatMap(({ agent, skipped: draws = 0 }) =>
    draws === 0
      ? []
      : paint.yellow(`${plural(draws, "draw")} left out before bets of ${agent}: the house skips`),
  );
  const held = agents.flatMap(({ agent, held: why }) =>
    why === undefined ? [] : paint.red(heldText(agent, why)),
  );
  const told =
    disputed === 0 ? [] : [paint.red(`${plural(disputed, "bet")} disputed since the beginning`)];
  const seeds = counts["SeedDrawsUntold"] ?? 0;
  const untold =
    seeds === 0
      ? []
      : [
          paint.yellow(
            `the house drew more than it told, at the end of a seed, ${plural(seeds, "time")}`,
          ),
        ];
  return [...held, ...told, ...skipped, ...untold, ...unproven];
}
