/** Market-neutral pairs: of two markets the dear one short and the cheap one long, sized by a hedge ratio. */
import { stretch } from "../signal.ts";
import {
  type Look,
  pairsOf,
  type Side,
  sideOf,
  type Tie,
  type Wish,
  type Wishes,
} from "../wish.ts";
import { sideAgainst } from "./reversion.ts";

/** The side of the ratio that two positions make up; 0 where they do not make up one. */
const ratioSide = (first: Side, second: Side): Side =>
  first !== 0 && second === -first ? first : 0;

/** What is held in the last of an odd number of markets, by another strategy before this one: out of it. */
function unpaired({ config: { markets }, held }: Look): Record<string, Wish> {
  const last = markets.length % 2 === 1 ? markets.at(-1) : undefined;
  if (last === undefined || held(last) === 0) return {};
  const note = `${last} has no market to be paired with: wound down`;
  return { [last]: { side: 0, strength: 1, note } };
}

const legOf = (side: number, note: string, tie: Tie): Wish =>
  side === 0 ? { side: 0, strength: 1, note } : { side: sideOf(side), strength: 1, note, tie };

/**
 * Both legs or none: where one of them cannot be opened, or is gone by its stop, the other is closed.
 */
export const pairWishes: Wishes = (look) => {
  const { config, signals, hedges, held, cooling } = look;
  const wishes = unpaired(look);
  for (const { key, first, second } of pairsOf(config)) {
    const signal = signals[key];
    if (signal === undefined || signal.samples < config.warmup) continue;
    const [one, other] = [held(first), held(second)];
    const now = ratioSide(one, other);
    const stretched = stretch(signal, config);
    const found = `${key} is ${stretched.toFixed(2)} deviations from its average`;
    const whole = sideAgainst(stretched, now, config.reversion);
    // A lone leg that belongs to the side wanted waits for its other one while that may be opened.
    const alone = (one === 0) !== (other === 0);
    const missing = one === 0 ? first : second;
    const fits = one === 0 ? other === -whole : one === whole;
    const broken = alone && (!fits || cooling(missing));
    const hedge = hedges[key];
    if (hedge?.ok !== true) {
      // Whole, it waits for its way out as it is: no leg of it can be sized anew.
      if (now !== 0 && whole === now) continue;
      const note = now === 0 ? (hedge?.why ?? `${key} has no hedge`) : found;
      for (const leg of [first, second])
        wishes[leg] = { side: 0, strength: 1, note, refused: true };
      continue;
    }
    const side: Side = broken ? 0 : whole;
    wishes[first] = legOf(side, found, { other: second, ratio: hedge.ratio, leads: true });
    wishes[second] = legOf(-side, found, { other: first, ratio: hedge.ratio, leads: false });
  }
  return wishes;
};
