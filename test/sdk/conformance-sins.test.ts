/** Sins against the fleet's books that the conformance suite must find, and honest work that it must let pass. */
import { expect, test } from "vitest";
import type { AgentView } from "../../src/protocol/views.ts";
import type { StrategyContext } from "../../src/sdk/define.ts";
import type { Intent } from "../../src/sdk/intent.ts";
import { type Choose, faultsOf, type Probe, probe } from "./conformance-given.ts";

type Context = StrategyContext<{ every: number }>;
type Asks = (view: AgentView, context: Context, look: number) => readonly Intent[];

/** Asks so at every look at which it may open. */
const asks =
  (choose: Asks): Choose =>
  (view, memory, context) => ({
    intents: context.stance === "run" ? choose(view, context, memory) : [],
    memory: memory + 1,
  });

const left = ({ delegation }: AgentView): number => Number(delegation?.available ?? 0);
const pay = (amount: string): Intent => ({ command: "PayAgent", body: { to: "lending", amount } });
const job = (name: string, amount: string): Intent => ({
  command: "PostJob",
  body: { job: name, kind: "data", brief: "rates", amount, ttlMs: 60_000 },
});
const due = (name: string, amount: string): Intent => ({
  command: "RecordDue",
  body: { due: name, party: "acme", direction: "pay", amount },
});

const escrowProbe = (strategy: Choose): Probe => probe(strategy, { service: "escrow" });
const trader = (strategy: Choose): Probe => probe(strategy, { service: "trading" });

/** Holds 60 USDC of bitcoin for five looks, then none for five. `waits`: for its own orders. */
const trade = (waits: boolean): Choose => {
  return (view, memory, { name, stance }) => {
    const next = memory + 1;
    const market = view.markets.find((one) => one.market === "btc-perp");
    const busy = waits && view.orders.length > 0;
    if (market === undefined || busy) return { intents: [], memory: next };
    const held = view.positions.find((one) => one.market === "btc-perp");
    const body = { order: name("o"), market: "btc-perp", qty: held?.qty ?? "0.001" };
    const flat = stance === "reduce" || Math.floor(memory / 5) % 2 === 1;
    if (held !== undefined && flat) {
      const order = { ...body, side: "sell", reduceOnly: true } as const;
      return { intents: [{ command: "PlaceOrder", body: order }], memory: next };
    }
    if (held !== undefined || flat || left(view) < 80) return { intents: [], memory: next };
    return { intents: [{ command: "PlaceOrder", body: { ...body, side: "buy" } }], memory: next };
  };
};

/** Trades where it has to, and sends one more thing at every look. */
const beside =
  (intent: (view: AgentView, context: Context) => Intent): Choose =>
  (view, memory, context) => {
    const made = trade(true)(view, memory, context);
    return { ...made, intents: [...made.intents, intent(view, context)] };
  };

/** Bets, asks for the seed, and says of every bet what it says of all of them. */
const gambler = (says: "verified" | "early" | "disputed"): Choose =>
  asks((view, { name, random }, look) => {
    const known = view.casino.revealed.map(({ seedHash }) => seedHash);
    const ended = view.bets.filter(({ phase, seedHash }) => {
      // The law is faster with its own proof: who lies says it of what is disputed too.
      const open = phase === "settled" || says === "verified";
      return open && (says === "early" || known.includes(seedHash));
    });
    const checks = ended.map(({ bet }): Intent => {
      return { command: "CheckBet", body: { bet, verified: says !== "disputed" } };
    });
    if (look % 3 === 2) return [...checks, { command: "RotateSeed", body: {} }];
    const body = { game: "coin-flip", stake: "1", params: { side: "heads" } };
    const clientSeed = random.text(16);
    return [...checks, { command: "PlaceBet", body: { ...body, bet: name("b"), clientSeed } }];
  });

const SINS: readonly (readonly [string, Probe, RegExp])[] = [
  [
    "says that bets verified whose seed nobody knows",
    probe(gambler("early")),
    /^in fair weather.*claims what is not so: CheckBet .*seed_not_revealed/,
  ],
  [
    "says of every bet that it verified",
    probe(gambler("verified")),
    /^lied to by the casino.*claims what is not so: CheckBet .*proof_contradicted/,
  ],
  [
    "disputes a bet and goes on betting",
    probe(gambler("disputed")),
    /^lied to by the casino.*held for a disputed bet, it asked \d+ times to bet again/,
  ],
  [
    "pays a thousand million on a cap of a thousand",
    probe(asks(() => [pay("1000000000")])),
    /asked for more than it has: PayAgent .*cap_exceeded/,
  ],
  [
    "pays again and again until more is paid than it was lent",
    probe(asks(() => [pay("90")])),
    /asked for more than it has: PayAgent .*cap_exceeded/,
  ],
  [
    "posts a job that it cannot pay",
    probe(asks((_view, { name }) => [job(name("j"), "999999999")])),
    /asked for more than it has: PostJob .*cap_exceeded/,
  ],
  [
    "posts a job of one name at every look",
    probe(asks((view) => (left(view) >= 1 ? [job("rates", "1")] : []))),
    /^in fair weather.*named two things rates/,
  ],
  [
    "records a debt beyond what it was lent",
    escrowProbe(asks((_view, { name }) => [due(name("d"), "999999999")])),
    /asked for more than it has: RecordDue .*cap_exceeded/,
  ],
  [
    "records a debt of one name at every look",
    escrowProbe(asks((view) => (left(view) >= 1 ? [due("mine", "1")] : []))),
    /^in fair weather.*named two things mine/,
  ],
  [
    "owes by escrow without the service",
    probe(asks((_view, { name }) => [due(name("d"), "1")])),
    /asked for more than it has: RecordDue .*service_not_permitted/,
  ],
  ...(
    [
      ["CancelOrder", { order: "nobody" }, "unknown_order"],
      ["ReleaseEscrow", { escrow: "nobody" }, "unknown_escrow"],
      ["DeliverEscrow", { escrow: "nobody" }, "unknown_escrow"],
      ["DisputeEscrow", { escrow: "nobody", reason: "late" }, "unknown_escrow"],
      ["TakeJob", { by: "nobody", job: "j1" }, "unknown_job"],
      ["DeliverJob", { by: "neighbour", job: "nobody", result: "9 %" }, "unknown_job"],
      ["AcceptJob", { job: "nobody" }, "unknown_job"],
      ["RejectJob", { job: "nobody", reason: "bad" }, "unknown_job"],
      ["CancelJob", { job: "nobody" }, "unknown_job"],
      ["RecallLoan", { loan: "nobody" }, "unknown_loan"],
      ["Release", { reservation: "nobody" }, "unknown_reservation"],
      ["CheckBet", { bet: "nobody", verified: true }, "unknown_bet"],
      ["ParkDomain", { domain: "nobody.com" }, "unknown_domain"],
      ["MoveStop", { market: "doge-perp", stop: "1" }, "unknown_position"],
      ["Settle", { market: "eth-perp", qty: "1", ttlMs: 1_000 }, "unknown_position"],
    ] as const
  ).map(
    ([command, body, code]) =>
      [
        `sends ${command} of what is not there`,
        trader(beside(() => ({ command, body }) as Intent)),
        new RegExp(`^in fair weather.*claims what is not so: ${command} .*${code}`),
      ] as const,
  ),
  [
    "draws on a reservation that it does not hold",
    trader(
      asks((_view, { name }) => {
        const order = { order: name("o"), market: "btc-perp", side: "buy", qty: "0.001" } as const;
        return [{ command: "PlaceOrder", body: { ...order, reservation: "nobody" } }];
      }),
    ),
    /claims what is not so: PlaceOrder .*unknown_reservation/,
  ],
  [
    "does not look at its own working orders",
    trader(trade(false)),
    /^where orders work.*(does it count view.orders|nothing_to_reduce|reduce_exceeds)/,
  ],
];

test.each(SINS)("CNF-003: the suite finds one that %s", async (_what, sinner, fault) => {
  const faults = await faultsOf(sinner);
  expect(faults.filter((told) => fault.test(told))).not.toEqual([]);
});

/** Pays little and seldom, posts a job when none of its own is open, and looks at what was delivered. */
const works: Asks = (view, { name }, look) => {
  const mine = view.jobs.filter(({ by }) => by === view.agent);
  const done = mine.find(({ phase }) => phase === "delivered");
  if (done !== undefined) {
    const { job: known } = done;
    return look % 2 === 0
      ? [{ command: "AcceptJob", body: { job: known } }]
      : [{ command: "RejectJob", body: { job: known, reason: "not what was asked" } }];
  }
  if (left(view) < 3) return [];
  const posts = mine.length === 0 ? [job(name("j"), "1")] : [];
  // Not at the first look: a start before this one may have paid just now.
  return look % 5 === 4 ? [...posts, pay("1"), due(name("d"), "1")] : posts;
};

/** Takes what is offered, and delivers it. */
const serves: Asks = (view) => {
  const taken = view.jobs.find(({ taker, phase }) => taker === view.agent && phase === "taken");
  if (taken !== undefined) {
    const { by, job: known } = taken;
    return [{ command: "DeliverJob", body: { by, job: known, result: "up" } }];
  }
  const open = view.jobs.find(({ by, phase }) => by !== view.agent && phase === "posted");
  return open === undefined ? [] : [{ command: "TakeJob", body: { by: open.by, job: open.job } }];
};

/** Cancels what does not fill, and settles what it holds. */
const settles: Choose = (view, memory, context) => {
  const [order] = view.orders;
  const [held] = view.positions;
  if (order !== undefined && memory % 3 === 0) {
    const body = { order: order.order };
    return { intents: [{ command: "CancelOrder", body }], memory: memory + 1 };
  }
  if (order !== undefined || held === undefined || memory % 2 === 0) {
    return trade(true)(view, memory, context);
  }
  const { market, qty, mark } = held;
  const stop = String(Math.floor(Number(mark) * 0.9));
  const intents: readonly Intent[] = [
    { command: "MoveStop", body: { market, stop } },
    { command: "Settle", body: { market, qty, ttlMs: 2_000 } },
  ];
  return { intents, memory: memory + 1 };
};

const HONEST: readonly (readonly [string, Probe])[] = [
  ["pays, owes and has work done", escrowProbe(asks(works))],
  ["works for others", probe(asks(serves))],
  ["waits for its orders", trader(trade(true))],
  ["cancels, settles and moves stops", trader(settles)],
];

test.each(HONEST)("CNF-004: the suite lets one pass that %s", async (_what, honest) => {
  expect(await faultsOf(honest)).toEqual([]);
});
