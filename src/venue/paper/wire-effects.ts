/** The effects as the HTTP front reads them: strict, so that a misspelt field is refused. */
import { z } from "zod";
import type { AgentId } from "../../core/ids.ts";
import type { Approved } from "../../protocol/effects.ts";
import {
  agentName,
  assetField,
  durationField,
  idField,
  marketField,
  microField,
  nameField,
  ppmField,
  priceField,
  qtyField,
  sideField,
  slotField,
  unitsField,
  versionField,
} from "./wire-fields.ts";

const effect = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("PlaceOrder"),
    market: marketField,
    side: sideField,
    qty: qtyField,
    limit: priceField,
    tif: z.enum(["ioc", "gtc"]),
  }),
  z.strictObject({ type: z.literal("CancelOrder"), order: nameField }),
  z.strictObject({
    type: z.literal("SetStop"),
    slot: slotField,
    version: versionField,
    market: marketField,
    side: sideField,
    qty: qtyField,
    trigger: priceField,
  }),
  z.strictObject({
    type: z.literal("PlaceBet"),
    bet: idField,
    game: z.string().max(32),
    stake: microField,
    params: z.record(z.string().max(32), z.union([z.string().max(64), z.number()])),
    clientSeed: z.string().max(64),
  }),
  z.strictObject({ type: z.literal("RotateSeed") }),
  z.strictObject({
    type: z.literal("OpenEscrow"),
    role: z.enum(["pay", "earn"]),
    counterparty: idField,
    amount: microField,
    timeoutMs: durationField,
    description: z.string().max(400),
    referrer: idField.exactOptional(),
    referee: idField.exactOptional(),
  }),
  z.strictObject({ type: z.literal("RegisterReferrer"), referrer: idField, own: z.boolean() }),
  z.strictObject({
    type: z.enum(["DeliverEscrow", "ReleaseEscrow", "DisputeEscrow"]),
    escrow: nameField,
  }),
  z.strictObject({
    type: z.literal("OpenLoan"),
    asset: assetField,
    amount: unitsField,
    minRate: ppmField,
    noticeMs: durationField,
  }),
  z.strictObject({ type: z.literal("RecallLoan"), loan: nameField }),
  z.strictObject({ type: z.literal("SearchDomains"), query: z.string().max(32) }),
  z.strictObject({
    type: z.literal("RegisterDomain"),
    domain: idField,
    maxCost: microField,
  }),
  z.strictObject({
    type: z.literal("RenewDomain"),
    registration: nameField,
    maxCost: microField,
  }),
  z.strictObject({ type: z.literal("ParkDomain"), registration: nameField }),
  z.strictObject({
    type: z.literal("ListDomain"),
    registration: nameField,
    asking: microField,
  }),
  z.strictObject({ type: z.literal("Deposit"), asset: assetField, amount: unitsField }),
  z.strictObject({
    type: z.literal("Withdraw"),
    asset: assetField,
    amount: unitsField,
    to: idField,
  }),
]);

/** What stands in a request to carry out an effect. */
export const APPROVED: z.ZodType<Approved> = z.strictObject({
  name: nameField,
  agent: agentName.transform((value) => value as AgentId),
  effect,
});
