/** The casino of a practice fleet: it commits, draws, pays and reveals as the real one does. */
import { createHash, createHmac } from "node:crypto";
import { formatMicro, micro } from "../core/money.ts";
import {
  commitmentOf,
  type Hashes,
  outcomeText,
  payoutOf,
  resultOf,
  rollOf,
  wins,
} from "../protocol/fair.ts";
import { GAMES, termsOf } from "../protocol/games.ts";
import { playView, type Stretch, stretched, type Tally, tallied } from "../protocol/play.ts";
import type { AgentView, BetView } from "../protocol/views.ts";
import { usdcOf } from "./amounts.ts";

const hashes: Hashes = {
  sha256: (text) => createHash("sha256").update(text, "utf8").digest("hex"),
  hmacSha256: (key, message) => createHmac("sha256", key).update(message, "utf8").digest("hex"),
};

const seedOf = (index: number): string => hashes.sha256(`practice seed ${index}`);

export class PracticeCasino {
  #seed = 0;
  #nonce = 0;
  readonly #revealed: { seedHash: string; serverSeed: string }[] = [];
  #stretches: readonly Stretch[] = [];
  readonly #tallies = new Map<string, Tally>();

  view(): Pick<AgentView, "casino" | "play"> {
    const seedHash = commitmentOf(seedOf(this.#seed), hashes);
    const casino = { seedHash, revealed: [...this.#revealed] };
    if (this.#stretches.length === 0) return { casino };
    return { casino, play: playView(this.#stretches, this.#tallies) };
  }

  /**
   * A settled bet. None: undefined for what is no game of the casino, or a stake it does not take.
   *
   * @param at fleet time, epoch ms.
   */
  place(body: Readonly<Record<string, unknown>>, at: number): BetView | undefined {
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
    return {
      ...{ bet: String(body["bet"]), game, stake, params, clientSeed, nonce, resultHash },
      ...{ phase: "settled", payout: formatMicro(payout), outcome: outcomeText(roll) },
      seedHash: commitmentOf(serverSeed, hashes),
    };
  }

  /** It was found fair; every bet here is placed on a seed that is committed to. */
  checked({ game, params, payout }: BetView): void {
    tallied(this.#tallies, { game, params, won: usdcOf(payout) > 0n });
  }

  rotate(): void {
    const serverSeed = seedOf(this.#seed);
    this.#revealed.push({ seedHash: commitmentOf(serverSeed, hashes), serverSeed });
    this.#seed += 1;
    this.#nonce = 0;
  }
}
