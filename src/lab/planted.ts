/** Bugs planted on purpose: small changes of the product that the simulator must find. */

import { PLANTED_IN_CRISIS } from "./planted-crisis.ts";
import { PLANTED_BY_DRAW } from "./planted-draw.ts";
import { one, type Planted } from "./planted-kind.ts";
import { PLANTED_LATELY } from "./planted-lately.ts";
import { PLANTED_IN_LAW } from "./planted-law.ts";
import { PLANTED_PRICES } from "./planted-prices.ts";

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
    mode: "liveness",
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
  },
  {
    name: "recovery leaves the first turn of each message out",
    edits: one(
      "src/runtime/recover.ts",
      "      foldTurn(state, taken, { seq, turn });\n",
      "      if (turn > 0) foldTurn(state, taken, { seq, turn });\n",
    ),
    faults: ["crash"],
    seeds: 3,
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
    name: "a reply that is aimed elsewhere is dropped, and nobody is told",
    edits: one(
      "src/runtime/front.ts",
      '    if (badReply > 0) all.set("bad_reply", badReply);\n',
      "",
    ),
    faults: ["forged"],
    seeds: 1,
    byCount: true,
  },
  {
    name: "who floods is not slowed down",
    edits: one(
      "src/runtime/front.ts",
      "if (agent !== OPERATOR && !this.#rates.take(",
      "if (agent === OPERATOR && !this.#rates.take(",
    ),
    faults: ["flood"],
    byCount: true,
    seeds: 1,
  },
  {
    name: "a standby does not wait until the lease has run out",
    edits: one(
      "src/wire/lease.ts",
      "if (free || asked - since >= ttlMs) {",
      "if (free || asked > 0) {",
    ),
    faults: ["two-coordinators", "pause"],
    seeds: 4,
    fast: true,
  },
  {
    name: "a leader does not compare its clock with the broker's",
    edits: one("src/runtime/coordinator.ts", "      await sameTime(lease);\n", "      sameTime;\n"),
    faults: ["clock-step"],
    seeds: 4,
    fast: true,
  },
  {
    name: "a view tells of what is not stored yet",
    edits: one(
      "src/runtime/turn-loop.ts",
      'if ("question" in opened) return this.#leave(opened.question(this.#state));',
      'if ("question" in opened) return opened.question(this.#state)();',
    ),
    faults: [],
    seeds: 2,
    fast: true,
  },
  {
    name: "a view shows the cap as what is reserved",
    edits: one(
      "src/fleet/views.ts",
      "    reserved: formatMicro(agent.reserved),\n    available",
      "    reserved: formatMicro(held.cap),\n    available",
    ),
    faults: [],
    seeds: 1,
  },
  {
    name: "the risk snapshot leaves cents out",
    edits: one(
      "src/fleet/views.ts",
      "  utilization: utilizationOf(law),\n  collateral: formatMicro(law.collateral),",
      "  utilization: utilizationOf(law),\n" +
        "  collateral: formatMicro(micro((law.collateral / 10_000n) * 10_000n)),",
    ),
    faults: [],
    seeds: 1,
    fast: true,
  },
  {
    name: "an amount has no public unit, and no event is told after it",
    edits: one("src/protocol/public-units.ts", '  released: "usdc",\n', ""),
    faults: [],
    seeds: 1,
    fast: true,
  },
  {
    name: "a projector that begins again leaves out what is left of a message",
    edits: one(
      "src/runtime/projector.ts",
      "if (entry.seq === last.seq && !after(event.id, last.id)) continue;",
      "if (entry.seq === last.seq) continue;",
    ),
    faults: ["crash", "drop", "broker-down"],
    seeds: 6,
  },
  ...PLANTED_IN_LAW,
  ...PLANTED_IN_CRISIS,
  ...PLANTED_LATELY,
  ...PLANTED_PRICES,
  ...PLANTED_BY_DRAW,
];
