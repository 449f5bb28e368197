/** What holds for all five specialists by their defaults: how often they look, and where a bet's chance comes from. */
import { expect, test } from "vitest";
import { casino } from "../../agents/casino/actor.ts";
import { beginCasino } from "../../agents/casino/strategy.ts";
import { domains } from "../../agents/domains/actor.ts";
import { escrow } from "../../agents/escrow/actor.ts";
import { lending } from "../../agents/lending/actor.ts";
import { trading } from "../../agents/trading/actor.ts";
import { ROSTER } from "../../src/runtime/roster.ts";
import type { SpecialistDefinition } from "../../src/sdk/define.ts";
import { Casino, configOf, play } from "./casino-given.ts";

/** What a specialist waits between two looks, told nothing. */
const waitOf = <C, M>({ config, intervalMs }: SpecialistDefinition<C, M>): number =>
  intervalMs(config.parse({}));

test("PRO-001: every specialist looks at the fleet's truth at least each 30 s, told nothing else", () => {
  const waits = {
    ...{ trading: waitOf(trading), casino: waitOf(casino), escrow: waitOf(escrow) },
    ...{ lending: waitOf(lending), domains: waitOf(domains) },
  };
  expect(Object.keys(waits).toSorted()).toEqual([...ROSTER.keys()].toSorted());
  for (const [name, wait] of Object.entries(waits)) {
    expect(wait, name).toBeGreaterThan(0);
    expect(wait, name).toBeLessThanOrEqual(30_000);
  }
});

test("PRO-002: a bet's client seed is the specialist's own, new for each bet, and never left to the casino", () => {
  const seeds: string[] = [];
  class Noting extends Casino {
    override place(body: Parameters<Casino["place"]>[0]): void {
      seeds.push(body.clientSeed);
      super.place(body);
    }
  }
  play(new Noting(), 100, beginCasino(), configOf());
  expect(seeds.length).toBeGreaterThan(50);
  expect(new Set(seeds).size).toBe(seeds.length);
  for (const seed of seeds) expect(seed).toMatch(/^[a-z0-9]{16,}$/i);
});
