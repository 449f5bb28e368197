/** Agreements of the fleet file: read, refused by name, and made once when the fleet starts. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { bootstrap } from "../../src/runtime/bootstrap.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { FleetFileError, parseFleetFile } from "../../src/runtime/fleet-file.ts";
import type { Log } from "../../src/runtime/log.ts";
import type { TurnLoop } from "../../src/runtime/turn-loop.ts";
import { ALICE } from "../fleet/cast.ts";
import { given, ops } from "../fleet/spec.ts";
import { fleetOf } from "../fleet/steps.ts";

const DEMO = new URL("../../deploy/demo.json", import.meta.url).pathname;
const file = (agreements: unknown) => {
  const demo = JSON.parse(readFileSync(DEMO, "utf8"));
  return parseFleetFile("/f.json", JSON.stringify({ ...demo, agents: [], agreements }));
};
const faults = (agreements: unknown): readonly string[] => {
  try {
    file(agreements);
    return [];
  } catch (fault) {
    if (fault instanceof FleetFileError) return fault.faults;
    throw fault;
  }
};

test("FFA-001: agreements are read; one that stands twice, is the fleet or has no interval is told", () => {
  const shop = { party: "shop", group: "club", everyMs: 60_000 };
  expect(file([shop, { party: "mill", everyMs: 5_000 }]).agreements).toEqual([
    shop,
    { party: "mill", everyMs: 5_000 },
  ]);
  expect(faults([shop, shop])).toEqual(["agreements.1.party: shop stands twice"]);
  expect(faults([{ ...shop, party: "fleet" }])).toEqual(["agreements.0.party: fleet is reserved"]);
  expect(faults([{ party: "shop" }]).join()).toMatch(/^agreements\.0\.everyMs: /);
  expect(faults([{ ...shop, evryMs: 1 }]).join()).toMatch(/did you mean "everyMs"/);
});

test("FFA-002: a start makes the agreements that are not there yet, and leaves the others as they are", async () => {
  const { state } = given(
    ...fleetOf(ALICE),
    ops("SetAgreement", { party: "shop", everyMs: 9_000 }),
  );
  const asked: { readonly type: string; readonly body: object }[] = [];
  const loop = {
    law: state,
    now: () => state.at,
    submit: (command: (typeof asked)[number], hear: (outcome: unknown) => void) => {
      asked.push(command);
      hear({ ok: true });
      return true;
    },
  } as unknown as TurnLoop;
  const agreements = [
    { party: "shop", everyMs: 60_000 },
    { party: "mill", group: "club", everyMs: 60_000 },
  ];
  const log = { warn: () => undefined } as unknown as Log;
  await bootstrap(loop, file(agreements), systemClock(), log, new AbortController().signal);
  expect(asked.map(({ type }) => type)).toEqual(["SetAgreement"]);
  expect(asked[0]?.body).toMatchObject({ party: "mill", group: "club", everyMs: 60_000 });
});
