/** One story for each refusal about domains and jobs. */
import { ALICE, BOB } from "./cast.ts";
import { alice, buy, found, search } from "./domain-steps.ts";
import type { Case } from "./rejection-cases.ts";
import { by, reported, type Step } from "./spec.ts";
import { fleetOf } from "./steps.ts";

const job = by(ALICE, "PostJob", {
  ...{ job: "j1", kind: "data", brief: "x", amount: "1", ttlMs: 9_000 },
});
const hedged: readonly Step[] = [
  ...fleetOf(ALICE, BOB),
  by(BOB, "PostJob", {
    ...{ job: "h1", kind: "hedge", brief: "x", amount: "1", ttlMs: 9_000 },
    hedge: { market: "btc-perp", side: "sell", qty: "0.01", cover: "5" },
  }),
  by(ALICE, "TakeJob", { by: "bob", job: "h1" }),
];
const deliver = by(ALICE, "DeliverJob", { by: "bob", job: "h1", result: "x" });

export const DOMAIN_CASES: readonly Case[] = [
  ["search_pending", [...alice, search], search, "fleet"],
  ["no_offer", alice, buy, "fleet.com"],
  ["domain_exists", [...alice, search, reported(found()), buy], buy, "fleet.com"],
  ["unknown_domain", alice, by(ALICE, "ParkDomain", { domain: "fleet.com" }), "fleet.com"],
  ["job_exists", [...alice, job], job, "j1"],
  ["unknown_job", alice, by(ALICE, "AcceptJob", { job: "j1" }), "j1"],
  ["hedge_missing", hedged, deliver, "asked -0.01, held 0"],
];
