/**
 * The platform's books of the account: the snapshot, and the statement that explains every unit of
 * it.
 */
import type { AssetId } from "../../core/ids.ts";
import { micro, units } from "../../core/money.ts";
import { millis } from "../../core/time.ts";
import type { VenueSnapshot } from "../../protocol/reports.ts";
import { type HouseStatement, houseBooks } from "./house.ts";
import { OUTSIDERS } from "./outsiders.ts";
import type { Flow, State } from "./world.ts";

export function snapshotOf(state: State): VenueSnapshot {
  const balances = new Map<AssetId, ReturnType<typeof units>>();
  const locked = new Map<AssetId, ReturnType<typeof units>>();
  for (const [asset, account] of state.accounts) {
    balances.set(asset, units(account.free));
    locked.set(asset, units(account.locked));
  }
  const open = [...state.positions].filter(([, held]) => held.qty !== 0n);
  return {
    seq: state.reports,
    at: millis(state.at),
    balances,
    locked,
    positions: new Map(open.map(([market, held]) => [market, { ...held }])),
    openOrders: [...state.orders.keys()],
    stops: [...state.stops.values()].map(({ slot, version, qty }) => ({ slot, version, qty })),
    counterparties: [...OUTSIDERS.keys()],
    domains: [...state.domains.values()].flatMap(({ domain, phase }) =>
      phase === "registering" ? [] : [domain],
    ),
  };
}

/** All external flows of one asset, signed: positive came to the account. */
interface AssetStatement {
  readonly asset: AssetId;
  readonly free: bigint;
  readonly locked: bigint;
  readonly flows: Readonly<Record<Flow, bigint>>;
}

/**
 * Why the account holds what it holds: for every asset free + locked is the sum of its flows, to
 * the unit. For the trades also: trading = sold - bought + cost of what is open.
 */
export interface Statement {
  readonly seq: number;
  readonly at: number;
  readonly assets: readonly AssetStatement[];
  readonly bought: bigint;
  readonly sold: bigint;
  readonly openCost: bigint;
  /** Everybody's books. None: absent where the platform has no crowd. */
  readonly house?: HouseStatement;
}

export function statementOf(state: State): Statement {
  let openCost = 0n;
  for (const held of state.positions.values()) openCost += held.cost;
  const house = houseBooks(state);
  return {
    ...(house === undefined ? {} : { house }),
    seq: state.reports,
    at: state.at,
    assets: [...state.accounts].map(([asset, account]) => ({
      asset,
      free: account.free,
      locked: account.locked,
      flows: { ...account.flows },
    })),
    bought: micro(state.turnover.bought),
    sold: micro(state.turnover.sold),
    openCost,
  };
}
