/** Bugs planted on purpose: small changes of the product that the simulator must find. */
import type { FaultName } from "./faults.ts";

export interface Edit {
  /** A source file below the project's root. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly replace: string;
}

export interface Planted {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** The faults under which it shows; without any it shows by itself. */
  readonly faults: readonly FaultName[];
  /** Found within so many seeds. */
  readonly seeds: number;
  readonly mode?: "liveness";
  /** Part of the suite: found within a few seconds. */
  readonly fast?: true;
}

const one = (file: string, find: string, replace: string): readonly Edit[] => [
  { file, find, replace },
];

export const PLANTED: readonly Planted[] = [
  {
    name: "an append expects no sequence: nobody is fenced off",
    edits: one("src/wire/journal-jetstream.ts", "lastSeq: expected.seq, id }", "id }"),
    faults: ["two-coordinators", "pause"],
    seeds: 8,
  },
  {
    name: "a reply leaves before its batch is stored",
    edits: one(
      "src/runtime/turn-loop.ts",
      "    this.#leaving.push(() =>\n",
      "    ((out: () => void) => out())(() =>\n",
    ),
    faults: [],
    seeds: 1,
    fast: true,
  },
  {
    name: "an unanswered submit is sent again without a lookup",
    edits: one("src/runtime/performer.ts", "          doubt = true;\n", ""),
    faults: ["venue-lost"],
    seeds: 2,
    fast: true,
  },
  {
    name: "after a restart effects are sent again without a lookup",
    edits: one(
      "src/runtime/leading.ts",
      "this.performer.perform(approved, true)",
      "this.performer.perform(approved, false)",
    ),
    faults: ["crash", "venue-lost"],
    seeds: 8,
  },
  {
    name: "the effects of the leader before are forgotten",
    edits: one(
      "src/runtime/leading.ts",
      "    for (const approved of outstanding) this.performer.perform(approved, true);\n",
      "",
    ),
    faults: ["crash", "venue-lost"],
    seeds: 12,
  },
  {
    name: "a leader sends without asking whether it still leads",
    edits: one(
      "src/runtime/performer.ts",
      "if (this.#options.mayAct()) {",
      "if (this.#options.mayAct !== undefined) {",
    ),
    faults: ["two-coordinators", "pause"],
    seeds: 12,
  },
  {
    name: "a known id is decided again",
    edits: one(
      "src/runtime/turn-loop.ts",
      "const known = answered(this.#state, command);",
      "const known = undefined as ReturnType<typeof answered>;",
    ),
    faults: ["duplicate"],
    seeds: 3,
    fast: true,
  },
  {
    name: "the ledger counts in floats",
    edits: one(
      "src/fleet/ledger.ts",
      "ledger.set(to, (ledger.get(to) ?? 0n) + amount);",
      "ledger.set(to, (ledger.get(to) ?? 0n) + BigInt(Math.round((Number(amount) / 3) * 3.0000001)));",
    ),
    faults: [],
    seeds: 1,
    fast: true,
  },
  {
    name: "a deposit counts when it is asked for",
    edits: one(
      "src/fleet/evolve-governance.ts",
      'if (event.type === "DepositRequested") return;',
      'if (event.type === "DepositRequested") return transfer(state.ledger, worldAccount(event.asset), ownAccount(event.asset, "wallet"), event.units);',
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
    fast: true,
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
    fast: true,
  },
  {
    name: "a lease that ran out still opens",
    edits: one(
      "src/fleet/admission.ts",
      'if (delegation.phase === "expired" || at >= delegation.expiresAt) {',
      "if (at > Infinity) {",
    ),
    faults: ["flood"],
    seeds: 2,
    fast: true,
  },
  {
    name: "the cap is not looked at",
    edits: one(
      "src/fleet/admission.ts",
      "  if (amount <= available) return undefined;\n",
      "  if (amount <= available || freed >= 0n) return undefined;\n",
    ),
    faults: ["flood"],
    seeds: 2,
    fast: true,
  },
  {
    name: "a halted fleet still opens",
    edits: one(
      "src/fleet/admission.ts",
      'if (mode !== "run") return refuse("halted"',
      'if (mode === undefined) return refuse("halted"',
    ),
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
    name: "recovery leaves the first turn of each message out",
    edits: one(
      "src/runtime/recover.ts",
      "for (const [turn, taken] of batch.turns.entries()) foldTurn",
      "for (const [turn, taken] of [...batch.turns.entries()].slice(1)) foldTurn",
    ),
    faults: ["crash"],
    seeds: 3,
    fast: true,
  },
  {
    name: "the chain of hashes is not checked",
    edits: one(
      "src/runtime/batches.ts",
      "if (prev !== undefined && before !== prev)",
      "if (prev !== undefined && before === undefined)",
    ),
    faults: ["bit-flip"],
    seeds: 6,
  },
  {
    name: "the remembered head is not checked",
    edits: one("src/runtime/coordinator.ts", "      if (!check.ok)\n", "      if (!check)\n"),
    faults: ["truncated"],
    seeds: 3,
  },
  {
    name: "the inbox of a reply is not checked",
    edits: one(
      "src/wire/responder.ts",
      "inbox === undefined || !isOwnInbox(from.user, inbox)",
      "inbox === undefined",
    ),
    faults: ["forged"],
    seeds: 2,
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
    name: "who floods is not slowed down",
    edits: one(
      "src/runtime/front.ts",
      "const rated = agent === OPERATOR || ",
      "const rated = agent !== undefined || ",
    ),
    faults: ["flood"],
    seeds: 1,
    fast: true,
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
];
