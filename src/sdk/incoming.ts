/** Checks all that comes in from the fleet before a strategy or an actor sees it. */
import { z } from "zod";
import type { Reply } from "../protocol/turns.ts";
import type { AgentView } from "../protocol/views.ts";
import {
  type AtFault,
  JOB_KINDS,
  MARGIN_MODES,
  MODES,
  SERVICES,
  SIDES,
  ZONES,
} from "../protocol/words.ts";
import { DECIMAL } from "./incoming-news.ts";
import { sieveOf } from "./sieve.ts";

// Unknown fields are let through: a fleet that is newer than its specialists says more, not less.
const decimal = z.string().regex(DECIMAL);
/** "" stands for what the fleet does not know yet, such as a mark. */
const decimalOrNone = z.union([decimal, z.literal("")]);
const time = z.number().finite();
const count = z.number().int();
const text = z.string().max(512);
const params = z.record(z.string(), z.union([z.string(), z.number().finite()]));
const many = <T extends z.ZodType>(item: T) => z.array(item).max(4_096);
/** A phase: a newer fleet may know more of them, which match nothing that a strategy looks for. */
const word = <T extends string>() =>
  z.custom<T>((given) => typeof given === "string" && given.length <= 32, "is no phase");

const delegation = z.looseObject({
  phase: z.enum(["active", "expired", "recalling", "ended"]),
  cap: decimal,
  reserved: decimal,
  available: decimal,
  services: z.array(z.enum(SERVICES)),
  maxLeverage: count,
  priority: count,
  mode: z.enum(MARGIN_MODES),
  floor: decimal,
  expiresAt: time,
  closeAt: time.nullish(),
  peak: decimal.exactOptional(),
  trough: decimal.exactOptional(),
});

const order = z.looseObject({
  order: text,
  market: text,
  side: z.enum(SIDES),
  qty: decimal,
  filled: decimal,
  phase: word<AgentView["orders"][number]["phase"]>(),
  by: text,
});

const position = z.looseObject({
  market: text,
  phase: word<AgentView["positions"][number]["phase"]>(),
  qty: decimal,
  entry: decimalOrNone,
  mark: decimalOrNone,
  margin: decimal,
  unrealized: decimal,
  stop: decimalOrNone,
  maintenance: decimal.exactOptional(),
  funding: decimal.exactOptional(),
  adl: z.looseObject({ lights: count, ahead: count }).exactOptional(),
});

const agreement = z.looseObject({ party: text, group: text, everyMs: z.number(), nextAt: time });
const due = z.looseObject({
  ...{ due: text, party: text, amount: decimal, direction: z.enum(["pay", "receive"]) },
});
const dealt = z.looseObject({
  escrows: many(
    z.looseObject({
      ...{ role: z.enum(["pay", "earn"]), counterparty: text, description: z.string(), at: time },
    }),
  ),
  dues: many(
    z.looseObject({
      ...{ party: text, direction: z.enum(["pay", "receive"]), amount: decimal, at: time },
    }),
  ),
});
const offer = z.looseObject({ agent: text, market: text, qty: decimal, expiresAt: time });

const market = z.looseObject({
  market: text,
  base: text,
  mark: decimalOrNone,
  markAt: time,
  lot: decimal,
  tick: decimal,
  minNotional: decimal,
  maxNotional: decimal,
  maxLeverage: count,
  takerFee: z.number().finite(),
  tiers: many(
    z.looseObject({ upTo: decimal.exactOptional(), initial: count, maintenance: count }),
  ).exactOptional(),
  funding: count.exactOptional(),
  uncertain: z.boolean().exactOptional(),
});

const bet = z.looseObject({
  bet: text,
  game: text,
  stake: decimal,
  phase: word<AgentView["bets"][number]["phase"]>(),
  params,
  clientSeed: text,
  payout: decimalOrNone,
  seedHash: text,
  nonce: count,
  resultHash: text,
  outcome: text,
  proven: z.boolean().exactOptional(),
});

const escrow = z.looseObject({
  escrow: text,
  role: z.enum(["pay", "earn"]),
  counterparty: text,
  amount: decimal,
  ...{ description: text, referrer: text, referee: text, expiresAt: z.number() },
  phase: word<AgentView["escrows"][number]["phase"]>(),
  pending: text,
});

const loan = z.looseObject({
  loan: text,
  asset: text,
  amount: decimal,
  rate: count,
  collateral: count.exactOptional(),
  noticeMs: count.exactOptional(),
  phase: word<AgentView["loans"][number]["phase"]>(),
  interest: decimalOrNone,
});

const margin = z.looseObject({
  equity: decimal,
  maintenance: decimal,
  maintenanceRatio: count,
  utilization: count,
  equityRatio: count.exactOptional(),
  zone: z.enum(ZONES),
  calls: many(
    z.looseObject({
      agent: text,
      call: text,
      phase: word<AgentView["margin"]["calls"][number]["phase"]>(),
      shortfall: decimal,
      deadline: time,
    }),
  ),
  duties: many(
    z.looseObject({ duty: text, agent: text, says: text, passed: count.exactOptional() }),
  ),
});

const domain = z.looseObject({
  domain: text,
  phase: word<AgentView["domains"][number]["phase"]>(),
  ...{ cost: decimal, renewal: decimal, ahead: decimal, asking: decimal, earned: decimal },
  visits: count,
  expiresAt: time,
  due: z.boolean(),
  pending: text,
});

const search = z.looseObject({
  query: text,
  pending: z.boolean(),
  offers: many(z.looseObject({ domain: text, cost: decimal, renewal: decimal, visits: count })),
});

const job = z.looseObject({
  ...{ by: text, job: text, brief: z.string(), amount: decimal, taker: text, result: z.string() },
  kind: z.enum(JOB_KINDS),
  hedge: z
    .looseObject({
      market: text,
      side: z.enum(SIDES),
      qty: decimal,
      cover: decimal,
      mark: decimalOrNone,
    })
    .exactOptional(),
  phase: word<AgentView["jobs"][number]["phase"]>(),
  expiresAt: time,
});

const holding = z.looseObject({
  ...{ asset: text, wallet: decimal, lent: decimal },
  lendShare: count.exactOptional(),
});

const play = z.looseObject({
  stretches: many(
    z.looseObject({ from: time, to: time, bets: count, wins: count, result: decimal }),
  ),
  tallies: many(z.looseObject({ game: text, params, bets: count, wins: count })),
});

const view = z.looseObject({
  fleet: text,
  agent: text,
  seq: count,
  at: time,
  zone: z.enum(ZONES),
  mode: z.enum(MODES),
  delegation: delegation.nullish(),
  margin,
  reservations: many(z.looseObject({ reservation: text, amount: decimal, expiresAt: time })),
  orders: many(order),
  positions: many(position),
  offers: many(offer).exactOptional(),
  agreements: many(agreement).exactOptional(),
  dues: many(due).exactOptional(),
  dealt: dealt.exactOptional(),
  referrer: z
    .looseObject({ referrer: text, phase: z.enum(["requested", "registered"]) })
    .exactOptional(),
  bets: many(bet),
  escrows: many(escrow),
  loans: many(loan),
  domains: many(domain),
  jobs: many(job),
  work: z.looseObject({ postedAt: time, paid: decimal }).exactOptional(),
  search: search.nullish(),
  markets: many(market),
  holdings: many(holding),
  lendShare: count,
  casino: z.looseObject({
    seedHash: text,
    revealed: many(z.looseObject({ seedHash: text, serverSeed: text })),
    held: z
      .looseObject({ bet: text, atFault: word<AtFault>(), reason: z.string() })
      .exactOptional(),
  }),
  pnl: z.record(z.string(), decimal),
  play: play.exactOptional(),
});

const passesAsView = sieveOf(view);

/** Views that were read here: handed on, they are not read again. */
const known = new WeakSet<object>();

/** A view as the fleet sent it. None: the first fault as text, for the operator. */
export function readView(value: unknown): AgentView | string {
  if (typeof value === "object" && value !== null && known.has(value)) return value as AgentView;
  if (passesAsView(value)) return keep(value as z.output<typeof view>);
  const parsed = view.safeParse(value);
  if (parsed.success) return keep(parsed.data);
  const first = parsed.error.issues[0];
  return first === undefined ? "bad view" : `${first.path.join(".")}: ${first.message}`;
}

/** What is not there is undefined, however it was said. */
function keep(fields: z.output<typeof view>): AgentView {
  const { delegation: held, search: asked, ...rest } = fields;
  const read = {
    ...rest,
    delegation: held == null ? undefined : { ...held, closeAt: held.closeAt ?? undefined },
    search: asked ?? undefined,
  };
  known.add(read);
  return read;
}

const done = z.looseObject({ ok: z.literal(true), id: text, seq: count, turn: count });
const refusal = z.looseObject({
  ok: z.literal(false),
  id: text,
  seq: count,
  turn: count,
  code: text,
  number: count,
  message: z.string(),
  detail: z.string().exactOptional(),
});
const reply = z.discriminatedUnion("ok", [done, refusal]);
const [passesAsDone, passesAsRefusal] = [sieveOf(done), sieveOf(refusal)];

/** None: undefined for what is not a reply. */
export function readReply(value: unknown): Reply | undefined {
  if (passesAsDone(value) || passesAsRefusal(value)) return value as Reply;
  const parsed = reply.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}
