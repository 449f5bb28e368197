/** In which unit each amount of an event is made public. A field that has none does not compile. */
import type { Micro, Price, Qty, Units } from "../core/money.ts";
import type { FleetEvent } from "./events.ts";

/** `usdc`: six decimals; `own`: as many as the asset that stands beside it has; `nano`: nine. */
export type PublicUnit = "usdc" | "qty" | "price" | "own" | "nano";

/** Names of all fields that hold a `B` at any depth of `T`; what a venue is asked repeats its event. */
type FieldsOf<T, B> = T extends bigint
  ? never
  : T extends readonly (infer Item)[]
    ? FieldsOf<Item, B>
    : T extends object
      ? {
          [K in keyof T & string]-?: K extends "effect"
            ? never
            : NonNullable<T[K]> extends B | readonly B[]
              ? K
              : FieldsOf<NonNullable<T[K]>, B>;
        }[keyof T & string]
      : never;

type Of<B, Unit extends PublicUnit> = { readonly [K in FieldsOf<FleetEvent, B>]: Unit };

type All = Of<Micro, "usdc"> & Of<Qty, "qty"> & Of<Price, "price"> & Of<Units, "own">;

type MoneyField = FieldsOf<FleetEvent, bigint>;

const UNITS: { readonly [K in MoneyField]: PublicUnit } & All = {
  amount: "usdc",
  unspared: "usdc",
  cap: "usdc",
  floor: "usdc",
  collateral: "usdc",
  dryPowder: "usdc",
  stable: "usdc",
  reserved: "usdc",
  committed: "usdc",
  hold: "usdc",
  released: "usdc",
  loss: "usdc",
  allowed: "usdc",
  notional: "usdc",
  fee: "usdc",
  realized: "usdc",
  positionCost: "usdc",
  positionMargin: "usdc",
  holdUsed: "usdc",
  payment: "usdc",
  remainder: "usdc",
  stake: "usdc",
  payout: "usdc",
  received: "usdc",
  referral: "usdc",
  minNotional: "usdc",
  maxNotional: "usdc",
  upTo: "usdc",
  varBefore: "usdc",
  varAfter: "usdc",
  need: "usdc",
  underway: "usdc",
  freed: "usdc",
  shortfall: "usdc",
  cost: "usdc",
  lowerBound: "usdc",
  frees: "usdc",
  counts: "usdc",
  cover: "usdc",
  covered: "usdc",
  renewal: "usdc",
  asking: "usdc",
  maintenance: "usdc",
  equity: "usdc",
  peak: "usdc",
  result: "usdc",
  unused: "usdc",
  depth: "usdc",
  reserve: "usdc",
  deployed: "usdc",
  remaining: "usdc",
  before: "usdc",
  after: "usdc",
  inUse: "usdc",
  naive: "usdc",
  nextNeed: "usdc",
  expected: "usdc",
  alone: "usdc",
  atOnce: "usdc",
  gross: "usdc",
  owed: "usdc",
  awaited: "usdc",
  cash: "usdc",
  cleared: "usdc",
  netBefore: "usdc",
  netAfter: "usdc",
  grossBefore: "usdc",
  spare: "usdc",
  qty: "qty",
  opening: "qty",
  filled: "qty",
  positionQty: "qty",
  lot: "qty",
  position: "qty",
  price: "price",
  limit: "price",
  trigger: "price",
  stop: "price",
  mark: "price",
  tick: "price",
  units: "own",
  principal: "own",
  interest: "own",
  rateNano: "nano",
};

/** None: undefined for a field that holds no amount. */
export const publicUnitOf = (field: string): PublicUnit | undefined =>
  Object.hasOwn(UNITS, field) ? UNITS[field as MoneyField] : undefined;
