/** What a specialist may still ask for when it is told to reduce; and what a stranger's package exports. */
import { expect, test } from "vitest";
import * as entry from "../../src/index.ts";
import { AGENT_COMMANDS } from "../../src/protocol/commands.ts";
import { type Intent, isReducing } from "../../src/sdk/intent.ts";

const OPENING = ["Reserve", "PlaceOrder", "PlaceBet", "OpenEscrow", "OpenLoan"];
const SPENDING = ["SearchDomains", "RegisterDomain", "PayAgent", "RecordDue", "PostJob", "TakeJob"];
const REDUCING = [
  ...["Release", "CancelOrder", "MoveStop", "RotateSeed", "CheckBet", "Settle"],
  ...["DeliverEscrow", "ReleaseEscrow", "DisputeEscrow", "RecallLoan", "RegisterReferrer"],
  ...["RenewDomain", "ParkDomain", "ListDomain"],
  ...["DeliverJob", "AcceptJob", "RejectJob", "CancelJob"],
];
const intent = (command: string, body: object = {}) => ({ command, body }) as unknown as Intent;

test("INT-001: each intent there is either opens or only reduces, and none is left out", () => {
  const intents = Object.keys(AGENT_COMMANDS).filter((name) => name !== "View" && name !== "Renew");
  expect([...OPENING, ...SPENDING, ...REDUCING].toSorted()).toEqual(intents.toSorted());
  for (const name of [...OPENING, ...SPENDING]) {
    expect([name, isReducing(intent(name))]).toEqual([name, false]);
  }
  for (const name of REDUCING) expect([name, isReducing(intent(name))]).toEqual([name, true]);
});

test("INT-002: an order that only reduces is one, and so is a debt that others owe", () => {
  expect(isReducing(intent("PlaceOrder", { reduceOnly: true }))).toBe(true);
  expect(isReducing(intent("RecordDue", { direction: "receive" }))).toBe(true);
  expect(isReducing(intent("RecordDue", { direction: "pay" }))).toBe(false);
});

test("INT-003: the package's entry has the values that a specialist is written with", () => {
  expect(Object.keys(entry).toSorted()).toEqual(
    [
      ...[
        "AT_FAULT",
        "ConformanceError",
        "INTENTS_MAX",
        "LinkError",
        "MemoryFleet",
        "REJECTIONS",
        "TIMING",
      ],
      ...["StrategyError", "amounts", "connectFleet", "cooled", "defineSpecialist"],
      ...[
        "describeSpecialist",
        "endWhenHung",
        "inspectSteps",
        "isCooling",
        "wasMissed",
        "isReducing",
        "runSpecialist",
      ],
      ...["sampleDelegation", "sampleMarket", "sampleView", "silentLog", "systemClock"],
      ...["testSpecialist", "resultOf", "specialistMachine", "ppm", "YEAR", "JOB_KINDS", "SIDES"],
      ...["fair", "sizing", "buying", "buyingFields", "heardOf", "lookedAt", "noneBought"],
      ...["readingOf", "takenBack"],
    ].toSorted(),
  );
});
