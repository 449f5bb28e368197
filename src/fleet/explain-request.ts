/** What was asked for in a journaled turn, in the words of the wire: kept with a refusal, read back from events. */
import type { AssetId } from "../core/ids.ts";
import {
  decimalsOf,
  formatDecimal,
  formatMicro,
  formatPrice,
  formatQty,
  formatUnits,
  parseDecimal,
  QTY_DECIMALS,
  USDC_DECIMALS,
} from "../core/money.ts";
import {
  AGENT_COMMANDS,
  isAgentCommand,
  isOperatorCommand,
  OPERATOR_COMMANDS,
} from "../protocol/commands.ts";
import type { EventOf, FleetEvent } from "../protocol/events.ts";
import type { Command, Stamp, Turn } from "../protocol/turns.ts";
import type { LimitUnit } from "./checks.ts";
import type { Law } from "./state.ts";

/** Fields as the caller would write them. */
export type Asked = Readonly<Record<string, unknown>>;

/** How large a request is: the field that says so, in integers of its unit. */
export interface Size {
  readonly field: string;
  readonly unit: LimitUnit;
  readonly decimals: number;
  /** What it is of, as people say it: a coin, an asset, USDC. */
  readonly of: string;
  readonly asked: bigint;
  readonly step: bigint;
}

/** The command of a turn with other fields. None: undefined for fields that are no such command. */
export function commandOf(turn: Turn, asked: Asked): Command | undefined {
  const { type, id, from, at, exp, print } = turn;
  const schema = isAgentCommand(type)
    ? AGENT_COMMANDS[type]
    : isOperatorCommand(type)
      ? OPERATOR_COMMANDS[type]
      : undefined;
  const read = schema?.safeParse({ ...asked, id: "x", exp });
  if (read?.success !== true) return undefined;
  const estimate = turn.estimate ?? approvedOf(turn)?.estimate;
  const stamp: Stamp = {
    id,
    from,
    at,
    exp,
    print,
    ...(estimate === undefined ? {} : { estimate }),
  };
  // The schema of this very name has made the body: the pair is one of the union by construction.
  return { type, stamp, body: read.data } as unknown as Command;
}

const eventIn = <T extends FleetEvent["type"]>(turn: Turn, type: T): EventOf<T> | undefined =>
  turn.events.find((event): event is EventOf<T> => event.type === type);

const approvedOf = (turn: Turn): EventOf<"OrderApproved"> | undefined =>
  turn.type === "PlaceOrder" ? eventIn(turn, "OrderApproved") : undefined;

/** The order, with and without what its event cannot tell apart from what the fleet filled in. */
function orderAsked(turn: Turn): Asked[] {
  const event = approvedOf(turn);
  if (event === undefined) return [];
  const { order, market, side, qty, limit, stop, leverage, opening, note } = event;
  const base = {
    ...{ order, market, side, qty: formatQty(qty), leverage, ...drawn(turn) },
    ...(note === "" ? {} : { note }),
  };
  const limits = [{}, { limit: formatPrice(limit) }];
  const stops = stop === 0n ? [{}] : [{}, { stop: formatPrice(stop) }];
  const ways = opening === 0n ? [{ reduceOnly: true }, {}] : [{}];
  return ways.flatMap((way) =>
    limits.flatMap((one) => stops.map((other) => ({ ...base, ...way, ...one, ...other }))),
  );
}

const drawn = (turn: Turn): Asked => {
  const posted = eventIn(turn, "ReservationPosted");
  return posted === undefined ? {} : { reservation: posted.reservation };
};

/** What an escrow's effect alone tells. */
const termsOf = ({ effect: { effect } }: EventOf<"EscrowRequested">): Asked => {
  if (effect.type !== "OpenEscrow") return {};
  const { timeoutMs, referrer, referee } = effect;
  return {
    timeoutMs,
    ...(referrer === undefined ? {} : { referrer }),
    ...(referee === undefined ? {} : { referee }),
  };
};

/** An event's own fields under their names on the wire. */
const READ: { readonly [T in Turn["type"]]?: (turn: Turn) => Asked | undefined } = {
  Reserve: (turn) => {
    const event = eventIn(turn, "ReservationHeld");
    if (event === undefined) return undefined;
    const { reservation, service, amount, expiresAt } = event;
    return { reservation, service, amount: formatMicro(amount), ttlMs: expiresAt - turn.at };
  },
  PlaceBet: (turn) => {
    const event = eventIn(turn, "BetPlaced");
    if (event === undefined) return undefined;
    const { bet, game, stake, params, clientSeed } = event;
    return { bet, game, stake: formatMicro(stake), params, clientSeed, ...drawn(turn) };
  },
  OpenEscrow: (turn) => {
    const event = eventIn(turn, "EscrowRequested");
    if (event === undefined) return undefined;
    const { escrow, role, counterparty, amount, description } = event;
    const named = { escrow, role, counterparty, description, ...termsOf(event) };
    return { ...named, amount: formatMicro(amount), ...drawn(turn) };
  },
  RegisterReferrer: (turn) => {
    const event = eventIn(turn, "ReferrerRequested");
    return event === undefined ? undefined : { referrer: event.referrer };
  },
  OpenLoan: (turn) => {
    const event = eventIn(turn, "LoanRequested");
    if (event === undefined) return undefined;
    const { loan, asset, units, minRate, noticeMs } = event;
    const amount = formatUnits(units, asset);
    return { loan, asset, amount, minRate, noticeMs, ...drawn(turn) };
  },
  PayAgent: (turn) => {
    const event = eventIn(turn, "InternalPaid");
    if (event === undefined) return undefined;
    return { to: event.to, amount: formatMicro(event.amount), note: event.note };
  },
  Grant: (turn) => {
    const event = eventIn(turn, "DelegationGranted");
    if (event === undefined) return undefined;
    const { agent, services, maxLeverage, priority, mode, leaseMs, cap, floor } = event;
    const terms = { agent, services, maxLeverage, priority, mode, leaseMs };
    return { ...terms, cap: formatMicro(cap), floor: formatMicro(floor) };
  },
  Raise: (turn) => {
    const event = eventIn(turn, "RaiseScheduled");
    return event === undefined ? undefined : { agent: event.agent, cap: formatMicro(event.cap) };
  },
  Withdraw: (turn) => {
    const event = eventIn(turn, "WithdrawalApproved");
    if (event === undefined) return undefined;
    const { asset, units, to } = event;
    return { asset, amount: formatUnits(units, asset), to };
  },
};

/** What may have been asked, likeliest first; none for what the coordinator told itself. */
export function askedIn(turn: Turn): readonly Asked[] {
  if (turn.rejection !== undefined) {
    const { asked } = turn;
    return asked === null || typeof asked !== "object" ? [] : [asked as Asked];
  }
  if (turn.type === "PlaceOrder") return orderAsked(turn);
  const read = READ[turn.type]?.(turn);
  return read === undefined ? [] : [read];
}

const IN_USDC: Readonly<Record<string, string>> = {
  ...{ Reserve: "amount", PlaceBet: "stake", OpenEscrow: "amount", PayAgent: "amount" },
  ...{ Grant: "cap", Raise: "cap", ListDomain: "asking" },
};

/** How large it is. None: undefined for a command without a size. */
export function sizeOf(law: Law, turn: Turn, asked: Asked): Size | undefined {
  const made = (field: string, decimals: number, unit: LimitUnit, of: string, step = 1n) => {
    const value = parseDecimal(String(asked[field] ?? ""), decimals);
    if (value === undefined || value <= 0n) return undefined;
    return { field, unit, decimals, of, asked: value, step };
  };
  if (turn.type === "PlaceOrder") {
    const market = [...law.markets.values()].find(
      ({ policy }) => policy.market === asked["market"],
    );
    if (market === undefined) return undefined;
    return made("qty", QTY_DECIMALS, "coins", market.policy.base, market.policy.lot);
  }
  if (turn.type === "OpenLoan" || turn.type === "Withdraw") {
    const asset = String(asked["asset"] ?? "");
    return made("amount", decimalsOf(asset as AssetId), "units", asset);
  }
  const field = IN_USDC[turn.type];
  return field === undefined ? undefined : made(field, USDC_DECIMALS, "USDC", "USDC");
}

/** The same request in another size. */
export const resized = (asked: Asked, { field, decimals }: Size, size: bigint): Asked => ({
  ...asked,
  [field]: formatDecimal(size, decimals),
});
