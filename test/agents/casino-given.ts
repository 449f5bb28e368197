/** A casino in a few lines that keeps its word, or breaks it in one named way. */
import { casinoConfig } from "../../agents/casino/config.ts";
import { type CasinoMemory, casinoStrategy } from "../../agents/casino/strategy.ts";
import { formatMicro, micro } from "../../src/core/money.ts";
import {
  commitmentOf,
  outcomeText,
  payoutOf,
  resultOf,
  rollOf,
  wins,
} from "../../src/protocol/fair.ts";
import { termsOf } from "../../src/protocol/games.ts";
import type { AgentView, BetView } from "../../src/protocol/views.ts";
import { usdcOf } from "../../src/sdk/amounts.ts";
import type { Outcome } from "../../src/sdk/intent.ts";
import { sampleView } from "../../src/sdk/sample-view.ts";
import { nodeHashes } from "../../src/venue/paper/hashes.ts";
import { decided, done } from "./context.ts";

export const hashes = nodeHashes;
export const strategy = casinoStrategy(hashes);
export const configOf = (more: object = {}) => casinoConfig.parse(more);

/** The one way in which the casino cheats. */
export type Cheat = "none" | "payout" | "outcome" | "seed" | "draw" | "unseen";

const hexOf = (index: number): string => hashes.sha256(`server seed ${index}`);

export class Casino {
  readonly #cheat: Cheat;
  #seed = 0;
  #nonce = 0;
  #bets: BetView[] = [];
  readonly revealed: { seedHash: string; serverSeed: string }[] = [];
  readonly checks: { bet: string; verified: boolean; note: string }[] = [];
  rotations = 0;
  staked: number[] = [];

  constructor(cheat: Cheat = "none") {
    this.#cheat = cheat;
  }

  view(at: number, part: Partial<AgentView> = {}): AgentView {
    const seedHash = commitmentOf(hexOf(this.#seed), hashes);
    const casino = { seedHash, revealed: [...this.revealed] };
    return sampleView("casino", { at, bets: [...this.#bets], casino, ...part });
  }

  place(body: Pick<BetView, "bet" | "game" | "stake" | "params" | "clientSeed">): void {
    this.staked.push(Number(body.stake));
    const seed = this.#cheat === "unseen" ? hexOf(99_999) : hexOf(this.#seed);
    const nonce = this.#nonce;
    if (this.#cheat !== "draw") this.#nonce += 1;
    const terms = termsOf(body.game, body.params);
    if (terms === undefined) throw new Error("the test's bet has terms");
    const resultHash = resultOf(seed, body.clientSeed, nonce, hashes);
    const roll = rollOf(resultHash);
    const won = wins(terms, roll);
    const fair = won ? payoutOf(usdcOf(body.stake), terms) : micro(0n);
    const payout = this.#cheat === "payout" && won ? micro(fair - 1n) : fair;
    const outcome = outcomeText(this.#cheat === "outcome" ? (roll + 1) % 10_000 : roll);
    const seedHash = commitmentOf(seed, hashes);
    const proof = { seedHash, nonce, resultHash, outcome, payout: formatMicro(payout) };
    this.#bets.push({ ...body, ...proof, phase: "settled" });
  }

  rotate(): void {
    this.rotations += 1;
    const kept = hexOf(this.#seed);
    const serverSeed = this.#cheat === "seed" ? hexOf(77_777) : kept;
    this.revealed.push({ seedHash: commitmentOf(kept, hashes), serverSeed });
    this.#seed += 1;
    this.#nonce = 0;
  }

  /** What the operator has looked at is gone. */
  clear(): void {
    this.#bets = this.#bets.filter(({ phase }) => phase !== "disputed");
  }

  check(body: { bet: string; verified: boolean; note?: string | undefined }): void {
    this.checks.push({ ...body, note: body.note ?? "" });
    this.#bets = this.#bets.flatMap((bet) => {
      if (bet.bet !== body.bet) return [bet];
      return body.verified ? [] : [{ ...bet, phase: "disputed" as const }];
    });
  }
}

/** Lets the strategy play against a casino for so many looks, 2 s apart. */
export function play(
  casino: Casino,
  looks: number,
  memory: CasinoMemory,
  config = configOf(),
  part: Partial<AgentView> = {},
): { readonly memory: CasinoMemory; readonly rest: string | undefined } {
  let outcomes: Outcome[] = [];
  let now = memory;
  let rest: string | undefined;
  for (let look = 1; look <= looks; look++) {
    const view = casino.view(look * 2_000, part);
    const decision = decided(strategy, view, now, config, { outcomes, seed: looks });
    for (const intent of decision.intents) {
      if (intent.command === "PlaceBet") casino.place(intent.body);
      if (intent.command === "RotateSeed") casino.rotate();
      if (intent.command === "CheckBet") casino.check(intent.body);
    }
    outcomes = done(decision.intents);
    now = decision.memory;
    rest = decision.rest;
  }
  return { memory: now, rest };
}
