/** Draws of a revealed seed that decided no bet of the fleet and were told by none, at its end. */
import type { Consequence, Context } from "./admission.ts";
import type { Law } from "./state.ts";

/**
 * Bets that are open and may have been drawn from a seed that is revealed: all but those that were placed once a
 * later seed was committed to.
 */
function openUnder({ byName, bets, revealed, seedHash: current }: Law, seedHash: string): number {
  const at = revealed.findIndex((seed) => seed.seedHash === seedHash);
  const later = new Set(revealed.slice(at + 1).map((seed) => seed.seedHash));
  if (current !== seedHash) later.add(current);
  // A bet from before any commitment was known may be of any seed.
  later.delete("");
  let open = 0;
  for (const { kind, key } of byName.values()) {
    const bet = kind === "bet" ? bets.get(key) : undefined;
    if (bet !== undefined && !later.has(bet.committed)) open += 1;
  }
  return open;
}

/**
 * A seed was revealed, or was long ago: the house's own count of its draws against the last that it told of. What an
 * open bet may have drawn is not held against it. Told once, again where more is known.
 *
 * Nothing where nobody can say: no draw of the seed was told and it was not followed from its beginning, or its last
 * one was of a game of which the law does not know how many it takes.
 */
export function* drawsDue({ law }: Context, seedHash: string): Consequence {
  const seed = law.toProve.get(seedHash);
  if (seed?.next === undefined || seed.drawn === undefined) return;
  const told = [...seed.nonces].reduce((most, nonce) => Math.max(most, nonce + 1), 0);
  const untold = seed.drawn - told - openUnder(law, seedHash);
  if (untold <= seed.untold) return;
  yield { type: "SeedDrawsUntold", seedHash, drawn: seed.drawn, told, untold };
}
