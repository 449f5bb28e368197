/** Bugs planted in the law. */
import { one, type Planted } from "./planted-kind.ts";

export const PLANTED_IN_LAW: readonly Planted[] = [
  {
    name: "the ledger counts in floats",
    edits: one(
      "src/fleet/ledger.ts",
      "ledger.set(to, (ledger.get(to) ?? 0n) + amount);",
      "ledger.set(to, (ledger.get(to) ?? 0n) + BigInt(Math.round(Number(amount) * 1.000001)));",
    ),
    faults: [],
    seeds: 1,
  },
  {
    name: "a deposit counts when it is asked for",
    edits: one(
      "src/fleet/evolve-governance.ts",
      'if (event.type === "DepositRequested") return;',
      'if (event.type === "DepositRequested") ' +
        'transfer(state.ledger, "USDC/external", "USDC/wallet", 5n);\n' +
        '  if (event.type === "DepositRequested") return;',
    ),
    faults: [],
    seeds: 1,
    fast: true,
  },
  {
    name: "fees are not booked",
    edits: one(
      "src/fleet/evolve-orders.ts",
      '  transfer(state.ledger, wallet, resultAccount(USDC, "fees", agent), fee);\n',
      "",
    ),
    faults: [],
    seeds: 2,
  },
  {
    name: "fees stand among the results of trades",
    edits: one(
      "src/fleet/evolve-orders.ts",
      'transfer(state.ledger, wallet, resultAccount(USDC, "fees", agent), fee);',
      'transfer(state.ledger, wallet, resultAccount(USDC, "trading", agent), fee);',
    ),
    faults: [],
    seeds: 2,
  },
  {
    name: "what is closed in part is closed at half of what it cost",
    edits: one(
      "src/fleet/fills.ts",
      "  const closedCost = part(held.cost);\n",
      "  const closedCost = whole ? held.cost : part(held.cost) / 2n;\n",
    ),
    faults: [],
    seeds: 6,
  },
  {
    name: "of funding the fleet has what is its agents'",
    edits: one(
      "src/fleet/markets.ts",
      "const amount = fundingOf(qty(position.qty), report.mark, report.rateNano);",
      "const amount = fundingOf(position.qty / 2n, report.mark, report.rateNano);",
    ),
    faults: [],
    seeds: 24,
  },
  {
    name: "coins are left out of what an agent brought",
    edits: one(
      "src/fleet/attribution.ts",
      "      pnl: text(micro(agent.realized + agent.unrealized)),\n",
      "      pnl: text(micro(agent.realized - agent.coins + agent.unrealized)),\n",
    ),
    faults: [],
    seeds: 6,
  },
  {
    name: "margin that comes free has cost nothing",
    edits: one("src/fleet/totals.ts", "    accrue(state, holder);\n", ""),
    faults: [],
    seeds: 1,
  },
  {
    name: "what funding leaves over is dropped",
    edits: one(
      "src/fleet/evolve-market.ts",
      '  transfer(state.ledger, resultAccount(USDC, "funding", FLEET), wallet, event.remainder);\n',
      "",
    ),
    faults: [],
    seeds: 24,
  },
  {
    name: "a closed order keeps its hold",
    edits: one("src/fleet/evolve-orders.ts", "  addReserved(state, agent, -order.hold);\n", ""),
    faults: [],
    seeds: 2,
  },
  {
    name: "a lease that ran out still opens",
    edits: one("src/fleet/admission.ts", "    leaseFault(ctx, delegation) ??\n", ""),
    faults: ["flood"],
    seeds: 2,
    fast: true,
  },
  {
    name: "the cap is not looked at",
    edits: one(
      "src/fleet/admission.ts",
      'return atMost(told, "margin", "USDC", [amount, available], () => {',
      'return atMost(told, "margin", "USDC", [available, available], () => {',
    ),
    faults: ["flood"],
    seeds: 2,
  },
  {
    name: "a halted fleet still opens",
    edits: one("src/fleet/admission.ts", '    gate(told, "mode", mode, modeFault(mode)) ??\n', ""),
    faults: ["operator", "poison"],
    seeds: 6,
  },
  {
    name: "the number of a halt is given twice",
    edits: one("src/fleet/governance.ts", "epoch: law.haltEpoch + 1,", "epoch: law.haltEpoch,"),
    faults: ["operator"],
    seeds: 3,
  },
  {
    name: "an old mark decides",
    edits: one(
      "src/fleet/pricing.ts",
      'if (age > limit) return refuse("stale_mark"',
      'if (age > limit * 1_000) return refuse("stale_mark"',
    ),
    faults: ["feed-frozen"],
    seeds: 6,
  },
  {
    name: "a closing order is twice as large as its position",
    edits: one(
      "src/fleet/closing.ts",
      "yield* reducing(ctx, position, size, position.closing.reason",
      "yield* reducing(ctx, position, qty(size * 2n), position.closing.reason",
    ),
    faults: ["operator"],
    seeds: 6,
  },
  {
    name: "the first of the deadlines that are due is lost",
    edits: one(
      "src/fleet/clock.ts",
      "for (const deadline of due) yield*",
      "for (const deadline of due.slice(1)) yield*",
    ),
    faults: ["flood"],
    seeds: 3,
  },
  {
    name: "every event is folded twice when it is decided",
    edits: one(
      "src/fleet/turn.ts",
      "    evolve(state, next.value, at);\n  }\n}\n",
      "    evolve(state, next.value, at);\n    evolve(state, next.value, at);\n  }\n}\n",
    ),
    faults: [],
    seeds: 1,
    fast: true,
  },
  {
    name: "no answer from the venue counts as a refusal",
    edits: one(
      "src/fleet/answers.ts",
      "else yield* unresolved(ctx, name, reason);\n  return undefined;",
      "else yield* rejected(ctx, open, reason);\n  return undefined;",
    ),
    faults: ["venue-lost"],
    seeds: 3,
  },
  {
    name: "an isolated agent's order is sent for another",
    edits: one(
      "src/fleet/orders.ts",
      '      agent: agent.agent,\n      effect: { type: "PlaceOrder"',
      '      agent: "fleet" as typeof agent.agent,\n      effect: { type: "PlaceOrder"',
    ),
    faults: [],
    seeds: 2,
  },
  {
    name: "a report that comes again is taken again",
    edits: [
      {
        file: "src/fleet/reports.ts",
        find: "body.reports.filter((report) => report.seq > reportsThrough)",
        replace: "[...body.reports]",
      },
      {
        file: "src/fleet/reports.ts",
        find: "    if (report.seq !== expected)\n",
        replace: "    if (report.seq > expected)\n",
      },
    ],
    faults: ["reports-twice"],
    seeds: 4,
  },
  {
    name: "a hedge that was let go goes on",
    edits: one(
      "src/fleet/hedge-jobs.ts",
      "if (law.standing.size === 0) return;",
      "if (law.standing.size >= 0) return;",
    ),
    faults: ["kill-in-outage"],
    seeds: 6,
    minutes: 60,
  },
  {
    name: "a hedge's move is paid to the one that owes it",
    edits: one(
      "src/fleet/hedge-jobs.ts",
      "owed > 0n ? { agent: taker, to: agent } : { agent, to: taker }",
      "owed < 0n ? { agent: taker, to: agent } : { agent, to: taker }",
    ),
    faults: [],
    seeds: 6,
  },
];
