/** The casino of a practice fleet: it commits, draws, pays and reveals as the real one does, and the law proves it. */
import { createHash, createHmac } from "node:crypto";
import { formatMicro, micro } from "../core/money.ts";
import {
  betFault,
  commitmentOf,
  type Hashes,
  outcomeText,
  payoutOf,
  resultOf,
  rollOf,
  wins,
} from "../protocol/fair.ts";
import { GAMES, ROLLS, termsOf } from "../protocol/games.ts";
import { playView, type Stretch, stretched, type Tally, tallied } from "../protocol/play.ts";
import type { AgentView, BetView } from "../protocol/views.ts";
import type { AtFault } from "../protocol/words.ts";
import { usdcOf } from "./amounts.ts";
import { type Acts, type Body, drawn } from "./conformance-act.ts";

const hashes: Hashes = {
  sha256: (text) => createHash("sha256").update(text, "utf8").digest("hex"),
  hmacSha256: (key, message) => createHmac("sha256", key).update(message, "utf8").digest("hex"),
};

const seedOf = (index: number): string => hashes.sha256(`practice seed ${index}`);

export class PracticeCasino {
  #seed = 0;
  #nonce = 0;
  #revealed: { seedHash: string; serverSeed: string }[] = [];
  #stretches: readonly Stretch[] = [];
  readonly #tallies = new Map<string, Tally>();
  readonly #lies: boolean;

  /** @param lies whether it tells of each bet another roll than it drew. */
  constructor(lies: boolean) {
    this.#lies = lies;
  }

  readonly acts: Acts = {
    PlaceBet: (before, body) => {
      if (before.casino.held !== undefined) return "betting_held";
      const view = drawn(before, body);
      if (typeof view === "string") return view;
      const bet = this.#placed(body, view.at);
      return bet === undefined ? "bad_field" : this.#shown({ ...view, bets: [...view.bets, bet] });
    },
    RotateSeed: (view) => {
      const serverSeed = seedOf(this.#seed);
      this.#revealed.push({ seedHash: commitmentOf(serverSeed, hashes), serverSeed });
      this.#seed += 1;
      this.#nonce = 0;
      return this.#shown(view);
    },
    CheckBet: (view, { bet, verified }) => {
      const found = view.bets.find((one) => one.bet === bet);
      if (found === undefined) return "unknown_bet";
      const fault = faultOf(found, view);
      const says = verified === true;
      if (says && found.phase === "disputed" && (fault ?? "") !== "") return "proof_contradicted";
      if (found.phase !== "settled") return "bet_not_settled";
      if (!says) return disputed(view, found, fault);
      if (fault === undefined) return "seed_not_revealed";
      if (fault !== "") return "proof_contradicted";
      // Every bet here is placed on a seed that is committed to.
      tallied(this.#tallies, { ...found, won: usdcOf(found.payout) > 0n });
      return this.#shown({ ...view, bets: view.bets.filter((one) => one !== found) });
    },
  };

  /** The view one starts on: its seeds stay known beside the casino's own. */
  begin(view: AgentView): AgentView {
    this.#revealed = [...view.casino.revealed];
    return this.#shown(view);
  }

  /** The law makes every proof that it can, whoever has checked it or not. */
  turn(before: AgentView): AgentView {
    return before.bets.reduce((view, bet) => {
      const fault = faultOf(bet, view);
      if (fault === undefined || (fault === "" && bet.phase !== "disputed")) return view;
      return disputed(view, bet, fault);
    }, before);
  }

  #shown(view: AgentView): AgentView {
    const seedHash = commitmentOf(seedOf(this.#seed), hashes);
    const casino = { ...view.casino, seedHash, revealed: [...this.#revealed] };
    const shown = { ...view, casino };
    if (this.#stretches.length === 0) return shown;
    return { ...shown, play: playView(this.#stretches, this.#tallies) };
  }

  /**
   * A settled bet. None: undefined for what is no game of the casino, or a stake it does not take.
   *
   * @param at fleet time, epoch ms.
   */
  #placed(body: Body, at: number): BetView | undefined {
    const game = String(body["game"]);
    const stake = String(body["stake"]);
    const params = body["params"] as BetView["params"];
    const terms = termsOf(game, params);
    if (terms === undefined || usdcOf(stake) > (GAMES[game]?.maxStake ?? 0n)) return undefined;
    const clientSeed = String(body["clientSeed"]);
    const serverSeed = seedOf(this.#seed);
    const nonce = this.#nonce;
    this.#nonce += 1;
    const resultHash = resultOf(serverSeed, clientSeed, nonce, hashes);
    const roll = rollOf(resultHash);
    const won = wins(terms, roll);
    const payout = won ? payoutOf(usdcOf(stake), terms) : micro(0n);
    const result = micro(payout - usdcOf(stake));
    this.#stretches = stretched(this.#stretches, { at, won, result });
    const outcome = outcomeText(this.#lies ? (roll + 1) % ROLLS : roll);
    return {
      ...{ bet: String(body["bet"]), game, stake, params, clientSeed, nonce, resultHash },
      ...{ phase: "settled", payout: formatMicro(payout), outcome },
      seedHash: commitmentOf(serverSeed, hashes),
    };
  }
}

/** What is wrong with a bet by its seed, or "". None: undefined where the seed is not revealed. */
function faultOf(bet: BetView, { casino }: AgentView): string | undefined {
  const seed = casino.revealed.find(({ seedHash }) => seedHash === bet.seedHash);
  if (seed === undefined) return undefined;
  const { game, params, clientSeed, seedHash, nonce, resultHash, outcome } = bet;
  const payout = usdcOf(bet.payout);
  const asked = { game, params, clientSeed, stake: usdcOf(bet.stake) };
  const told = { won: payout > 0n, payout, seedHash, nonce, clientSeed, resultHash, outcome };
  return betFault(asked, told, seed.serverSeed, hashes) ?? "";
}

/** Less is replaced by more. */
const GRAVITY: readonly (AtFault | undefined)[] = [undefined, "unknown", "agent", "house"];

/** The view with a bet disputed, and its agent held for it, as the law says who did wrong. */
function disputed(view: AgentView, found: BetView, fault: string | undefined): AgentView {
  const bets = view.bets.map((one) =>
    one === found ? { ...one, phase: "disputed" as const } : one,
  );
  const atFault = fault === undefined ? "unknown" : fault === "" ? "agent" : "house";
  const { held: before } = view.casino;
  if (GRAVITY.indexOf(before?.atFault) >= GRAVITY.indexOf(atFault)) return { ...view, bets };
  const held = { bet: found.bet, atFault, reason: fault ?? "" } as const;
  return { ...view, bets, casino: { ...view.casino, held } };
}
