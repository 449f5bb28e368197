/** Public events: what observers read on `fleet.<f>.evt.<a>.<Event>`, one line of JSON each. */
import { InvariantError } from "../core/assert.ts";
import { type AssetId, FLEET, USDC } from "../core/ids.ts";
import {
  decimalsOf,
  formatDecimal,
  PRICE_DECIMALS,
  QTY_DECIMALS,
  USDC_DECIMALS,
} from "../core/money.ts";
import type { FleetEvent } from "./events.ts";
import { publicUnitOf } from "./public-units.ts";
import { rejectionMeaning, rejectionNumber } from "./rejections.ts";
import type { Turn } from "./turns.ts";

const DECIMALS = {
  usdc: USDC_DECIMALS,
  qty: QTY_DECIMALS,
  price: PRICE_DECIMALS,
  nano: 9,
} as const;

/** One public event. `id` is `seq.turn.index`, the same at every replay. */
export interface PublicEvent {
  readonly id: string;
  readonly seq: number;
  readonly time: number;
  readonly agent: string;
  readonly type: string;
  /** The command that brought it about: `<type> <caller>/<id>`. */
  readonly cause: string;
  readonly [field: string]: unknown;
}

/** A bigint as text by the unit its field name stands for. @throws InvariantError for an unknown name. */
function amountText(field: string, value: bigint, asset: AssetId): string {
  const unit = publicUnitOf(field);
  if (unit === undefined) throw new InvariantError(`the field ${field} has a public unit`);
  return formatDecimal(value, unit === "own" ? decimalsOf(asset) : DECIMALS[unit]);
}

function plain(field: string, value: unknown, asset: AssetId): unknown {
  if (typeof value === "bigint") return amountText(field, value, asset);
  if (Array.isArray(value)) return value.map((item: unknown) => plain(field, item, asset));
  if (value === null || typeof value !== "object") return value;
  return plainFields(value as Record<string, unknown>);
}

function plainFields(fields: Record<string, unknown>): Record<string, unknown> {
  const asset = (fields["asset"] ?? USDC) as AssetId;
  const out: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(fields)) {
    // The effect repeats the event in the venue's terms; its name is what an observer needs.
    if (field === "effect") out[field] = (value as { name: string }).name;
    else if (value !== undefined) out[field] = plain(field, value, asset);
  }
  return out;
}

const causeOf = (turn: Turn): string =>
  turn.id === "" ? turn.type : `${turn.type} ${turn.from}/${turn.id}`;

function publicEvent(turn: Turn, seq: number, id: string, event: FleetEvent): PublicEvent {
  const agent = "agent" in event ? event.agent : FLEET;
  const head = { id, seq, time: turn.at, agent, type: event.type, cause: causeOf(turn) };
  return { ...head, ...plainFields(event as unknown as Record<string, unknown>), agent };
}

/** Everything that a journaled turn tells observers; a refusal is told as `Rejected`. */
export function publicEvents(turn: Turn, seq: number, index: number): readonly PublicEvent[] {
  const { rejection } = turn;
  if (rejection !== undefined) {
    const { code, detail } = rejection;
    const id = `${seq}.${index}.0`;
    const head = { id, seq, time: turn.at, agent: turn.from, type: "Rejected" };
    const words = { number: rejectionNumber(code), message: rejectionMeaning(code) };
    const asked = turn.asked === undefined ? {} : { asked: turn.asked };
    return [{ ...head, cause: causeOf(turn), code, ...words, detail: detail ?? "", ...asked }];
  }
  return turn.events.map((event, k) => publicEvent(turn, seq, `${seq}.${index}.${k}`, event));
}
