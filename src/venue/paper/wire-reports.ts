/** Answers, reports, marks and snapshots as the HTTP client reads them. */
import { z } from "zod";
import type { EffectAnswer } from "../../protocol/effects.ts";
import type { Mark, VenueReport, VenueSnapshot } from "../../protocol/reports.ts";
import type { LookupAnswer } from "../port.ts";
import type { Statement } from "./books.ts";
import type { PlatformStatus } from "./platform.ts";
import {
  assetField,
  bigField,
  countField,
  idField,
  mapField,
  marketField,
  microField,
  millisField,
  nameField,
  ppmField,
  priceField,
  qtyField,
  sideField,
  slotField,
  unitsField,
  versionField,
} from "./wire-fields.ts";
import { FLOWS, type Flow } from "./world.ts";

const numbered = { seq: z.number().int().positive(), at: millisField };
const reason = z.string();
const stop = { slot: slotField, version: versionField };
const escrow = nameField;
const loan = nameField;

const registration = nameField;
const ofDomain = { ...numbered, registration };
const domainReports = [
  z.strictObject({
    ...numbered,
    type: z.literal("domainsFound"),
    search: nameField,
    offers: z.array(
      z.strictObject({
        ...{ domain: idField, cost: microField, renewal: microField, visits: countField },
      }),
    ),
  }),
  z.strictObject({
    ...ofDomain,
    type: z.literal("domainRegistered"),
    ...{ cost: microField, renewal: microField, expiresAt: millisField },
  }),
  z.strictObject({ ...ofDomain, type: z.literal("domainFailed"), reason }),
  z.strictObject({ ...ofDomain, type: z.literal("domainParked") }),
  z.strictObject({ ...ofDomain, type: z.literal("domainListed"), asking: microField }),
  z.strictObject({
    ...ofDomain,
    type: z.literal("domainRenewed"),
    ...{ cost: microField, expiresAt: millisField },
  }),
  z.strictObject({ ...ofDomain, type: z.literal("domainRevenue"), amount: microField }),
  z.strictObject({
    ...ofDomain,
    type: z.literal("domainSold"),
    ...{ buyer: idField, asking: microField, fee: microField, received: microField },
  }),
  z.strictObject({ ...ofDomain, type: z.literal("domainDue") }),
  z.strictObject({ ...ofDomain, type: z.literal("domainLapsed") }),
  z.strictObject({ ...ofDomain, type: z.literal("domainLost") }),
] as const;

const taken = {
  name: z.string().min(1).max(96),
  market: marketField,
  side: sideField,
  qty: qtyField,
  price: priceField,
  notional: microField,
  mark: priceField,
};

export const REPORT: z.ZodType<VenueReport> = z.discriminatedUnion("type", [
  z.strictObject({
    ...numbered,
    type: z.literal("fill"),
    trade: z.string(),
    order: nameField,
    stop: z.strictObject(stop).exactOptional(),
    market: marketField,
    side: sideField,
    qty: qtyField,
    price: priceField,
    notional: microField,
    fee: microField,
  }),
  z.strictObject({
    ...numbered,
    type: z.literal("orderDone"),
    order: nameField,
    reason: z.enum(["filled", "cancelled", "expired", "rejected"]),
    filled: qtyField,
  }),
  z.strictObject({ ...numbered, type: z.literal("stopSet"), ...stop, qty: qtyField }),
  z.strictObject({ ...numbered, type: z.literal("stopFailed"), ...stop, reason }),
  z.strictObject({ ...numbered, type: z.literal("stopTriggered"), ...stop }),
  z.strictObject({
    ...numbered,
    type: z.literal("funding"),
    market: marketField,
    rate: ppmField,
    rateNano: bigField,
    mark: priceField,
    position: qtyField,
    payment: microField,
  }),
  z.strictObject({
    ...numbered,
    type: z.literal("venueLiquidated"),
    ...taken,
    fee: microField,
    covered: microField,
    equity: microField,
    maintenance: microField,
  }),
  z.strictObject({ ...numbered, type: z.literal("autoDeleveraged"), ...taken }),
  z.strictObject({
    ...numbered,
    type: z.literal("adlRank"),
    market: marketField,
    position: qtyField,
    lights: z.number().int().min(0).max(5),
    ahead: ppmField,
  }),
  z.strictObject({ ...numbered, type: z.literal("seedCommitted"), seedHash: z.string() }),
  z.strictObject({
    ...numbered,
    type: z.literal("seedRevealed"),
    seedHash: z.string(),
    serverSeed: z.string(),
    bets: countField,
  }),
  z.strictObject({
    ...numbered,
    type: z.literal("betSettled"),
    bet: nameField,
    won: z.boolean(),
    payout: microField,
    seedHash: z.string(),
    nonce: countField,
    clientSeed: z.string(),
    resultHash: z.string(),
    outcome: z.string(),
  }),
  z.strictObject({
    ...{ ...numbered, type: z.literal("escrowFunded") },
    ...{ escrow, expiresAt: millisField },
  }),
  z.strictObject({ ...numbered, type: z.literal("escrowDelivered"), escrow }),
  z.strictObject({
    ...numbered,
    type: z.literal("escrowReleased"),
    escrow,
    received: microField,
    fee: microField,
    referral: microField,
    referrer: idField.exactOptional(),
  }),
  z.strictObject({ ...numbered, type: z.literal("escrowRefunded"), escrow, amount: microField }),
  z.strictObject({ ...numbered, type: z.literal("escrowDisputed"), escrow, reason }),
  z.strictObject({ ...numbered, type: z.literal("escrowDeclined"), escrow, reason }),
  z.strictObject({
    ...numbered,
    type: z.literal("loanOpened"),
    loan,
    rate: ppmField,
    collateral: ppmField,
  }),
  z.strictObject({ ...numbered, type: z.literal("loanCollateral"), loan, ratio: ppmField }),
  z.strictObject({ ...numbered, type: z.literal("loanInterest"), loan, amount: unitsField }),
  z.strictObject({
    ...numbered,
    type: z.literal("loanReturned"),
    loan,
    principal: unitsField,
    interest: unitsField,
    liquidated: z.boolean().exactOptional(),
  }),
  ...domainReports,
  z.strictObject({
    ...numbered,
    type: z.literal("deposited"),
    effect: nameField.exactOptional(),
    asset: assetField,
    amount: unitsField,
  }),
  z.strictObject({
    ...numbered,
    type: z.literal("withdrawn"),
    effect: nameField,
    asset: assetField,
    amount: unitsField,
  }),
]);
export const REPORTS = z.array(REPORT);

export const MARKS: z.ZodType<readonly Mark[]> = z.array(
  z.strictObject({
    market: marketField,
    price: priceField,
    at: millisField,
    rateNano: bigField.exactOptional(),
  }),
);

export const ANSWER: z.ZodType<EffectAnswer> = z.discriminatedUnion("outcome", [
  z.strictObject({ outcome: z.literal("accepted") }),
  z.strictObject({ outcome: z.literal("rejected"), reason }),
  z.strictObject({ outcome: z.literal("unknown"), reason }),
]);

export const LOOKUP: z.ZodType<LookupAnswer> = z.discriminatedUnion("found", [
  z.strictObject({ found: z.literal("accepted") }),
  z.strictObject({ found: z.literal("rejected"), reason }),
  z.strictObject({ found: z.literal("absent") }),
  z.strictObject({ found: z.literal("unknown"), reason }),
]);

export const SNAPSHOT: z.ZodType<VenueSnapshot> = z.strictObject({
  seq: countField,
  at: millisField,
  balances: mapField(assetField, unitsField),
  locked: mapField(assetField, unitsField),
  positions: mapField(marketField, z.strictObject({ qty: qtyField, cost: microField })),
  openOrders: z.array(nameField),
  stops: z.array(z.strictObject({ ...stop, qty: qtyField })),
  counterparties: z.array(idField).exactOptional(),
  domains: z.array(idField).exactOptional(),
});

const flows = z.strictObject(
  Object.fromEntries(FLOWS.map((name) => [name, bigField])) as Record<Flow, typeof bigField>,
);

export const STATEMENT: z.ZodType<Statement> = z.strictObject({
  seq: countField,
  at: z.number(),
  assets: z.array(z.strictObject({ asset: assetField, free: bigField, locked: bigField, flows })),
  bought: bigField,
  sold: bigField,
  openCost: bigField,
  house: z
    .strictObject({
      ...{ fund: bigField, income: bigField, deposited: bigField, makers: bigField },
      ...{ crowd: bigField, ours: bigField, off: bigField, seated: countField },
      ...{ liquidations: countField, deleveragings: countField },
      open: mapField(marketField, bigField),
    })
    .exactOptional(),
});

export const STATUS: z.ZodType<PlatformStatus> = z.strictObject({
  tape: z.string(),
  at: z.number(),
  speed: z.number(),
  start: z.number(),
  end: z.number(),
  ended: z.boolean(),
  reports: countField,
});
