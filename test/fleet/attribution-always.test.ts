/** Whatever happens in whatever order, who brought what is what the journal and the venue say, to the unit. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { must } from "../../src/core/assert.ts";
import { type AgentId, FLEET } from "../../src/core/ids.ts";
import { DAY } from "../../src/core/time.ts";
import { attributionView } from "../../src/fleet/attribution.ts";
import { Audit } from "../../src/lab/check/audit.ts";
import type { Effect, EffectName } from "../../src/protocol/effects.ts";
import { freezeState, thawState } from "../../src/runtime/snapshots.ts";
import { Beside } from "./beside.ts";
import { ALICE, BOB, DORA } from "./cast.ts";
import { type Choice, RandomFleet } from "./random-fleet.ts";
import { by, ops } from "./spec.ts";
import { order } from "./steps.ts";

const AGENTS = [ALICE, BOB, DORA] as const;
const agentAt = (at: number): AgentId => AGENTS[at % 3] ?? ALICE;

/** Adds up the reports that the law has taken, by what they are about. */
class Wallet {
  readonly #effects = new Map<EffectName, Effect>();
  readonly #audit = new Audit(this.#effects);
  readonly #fleet: RandomFleet;
  #heard = 0;

  constructor(fleet: RandomFleet) {
    this.#fleet = fleet;
  }

  check(): void {
    const { journal, state } = this.#fleet.story;
    for (const { turn } of journal.slice(this.#heard))
      for (const event of turn.events)
        if ("effect" in event) this.#effects.set(event.effect.name, event.effect.effect);
    this.#heard = journal.length;
    while (this.#audit.through < state.reportsThrough) {
      const next = this.#fleet.venue.reports[this.#audit.through];
      this.#audit.take(must(next, "what was taken was reported"));
    }
    expect(this.#audit.differs(state)).toBeUndefined();
  }
}

/** The venue takes what it was asked, and something comes of it. */
function goOn(fleet: RandomFleet, b: number): void {
  for (let i = 0; i < 6; i += 1) {
    fleet.step([10, i, b + 7 * i, 0]);
    fleet.step([13, 3, b + i, 0]);
  }
}

/** Two take opposite sides, and whoever holds anything consents to settle a part of it. */
function together(fleet: RandomFleet, [, a, b, c]: Choice): void {
  const { story } = fleet;
  for (const [agent, side] of [
    [ALICE, "buy"],
    [BOB, "sell"],
  ] as const)
    story.take(order(agent, `t${story.journal.length}`, { side, qty: `0.0${1 + (c % 9)}` }));
  goOn(fleet, b);
  fleet.step([23, a, b, 0]);
}

/** An agent is referred by another, and pays into an escrow. */
function referred(fleet: RandomFleet, [, , b, c]: Choice): void {
  const { story } = fleet;
  story.take(by(ALICE, "RegisterReferrer", { referrer: "bob" }));
  goOn(fleet, b);
  story.take(
    by(ALICE, "OpenEscrow", {
      ...{ escrow: `r${story.journal.length}`, role: "pay", counterparty: "shop" },
      ...{ amount: `${9 + (c % 50)}.000007`, timeoutMs: 9, description: "x" },
    }),
  );
  goOn(fleet, c);
}

function happen(fleet: RandomFleet, choice: Choice): void {
  const [what, a, b, c] = choice;
  const { story } = fleet;
  if (what < 24) return fleet.step([what, a, b, c]);
  if (what < 27) {
    const [from, to] = [agentAt(a), agentAt(a + 1 + (b % 2))];
    story.take(by(from, "PayAgent", { to, amount: `${1 + (c % 90)}.${1 + (b % 9)}` }));
  } else if (what < 28) story.take(ops("Revoke", { agent: agentAt(a) }));
  // One who may be retired is enough: nothing more happens to it.
  else if (what < 29) story.take(ops("Retire", { agent: DORA }));
  else if (what < 30) together(fleet, choice);
  else if (what < 31) referred(fleet, choice);
  else {
    // Leases and marks have run out, or modes are to be left.
    story.run({ wait: b % 6 === 0 ? (1 + (c % 9)) * DAY : 1 });
    fleet.renew();
    fleet.step([18, 0, b, c]);
  }
}

const number = fc.integer({ min: 0, max: 1_000_000_000 });
/** Domains, escrows and settlements take several steps: without more of them none comes to its end. */
const what = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 33 }) },
  { weight: 1, arbitrary: fc.constantFrom(1, 3, 7, 9, 12, 23) },
);
const choices = fc.array(fc.tuple(what, number, number, number), {
  ...{ minLength: 120, maxLength: 220, size: "max" },
});

test("ATT-010: always each column is what the journal's events and the venue's reports come to, by agent and in all", () => {
  let [fleets, coins] = [0, 0];
  const seen = new Set<string>();
  fc.assert(
    fc.property(choices, (all) => {
      const fleet = new RandomFleet({ checked: false });
      const { story } = fleet;
      const [beside, wallet] = [new Beside(story), new Wallet(fleet)];
      for (const choice of all) {
        happen(fleet, choice);
        wallet.check();
        beside.check();
      }
      // A leader that begins from a snapshot tells the same.
      const again = must(thawState(freezeState(story.state)), "what was frozen is a state");
      const view = attributionView(story.state, story.state.at);
      expect(attributionView(again, story.state.at)).toEqual(view);
      for (const type of story.state.counts.keys()) seen.add(type);
      if (view.lines.some(({ agent }) => agent === FLEET)) fleets += 1;
      if ([...beside.brought.coins.values()].some((amount) => amount !== 0n)) coins += 1;
    }),
    { seed: 77, numRuns: Number(process.env["FLOTILLA_RUNS"] ?? 30) },
  );
  expect(Math.min(fleets, coins)).toBeGreaterThan(0);
  // A walk that never meets a thing proves nothing of it.
  const trades = ["FillBooked", "PositionsCrossed", "VenueLiquidated", "AutoDeleveraged"];
  const paid = ["FundingBooked", "InternalPaid", "DuesNetted", "DuePaid", "ReferralEarned"];
  const owed = ["BetSettled", "EscrowReleased", "EscrowRefunded", "LoanInterest", "LoanReturned"];
  const left = ["DelegationRevoked", "DelegationEnded", "AgentRetired", "Withdrawn", "Deposited"];
  const met = [...trades, ...paid, ...owed, ...left, "DomainRegistered"];
  expect(met.filter((type) => !seen.has(type))).toEqual([]);
});
