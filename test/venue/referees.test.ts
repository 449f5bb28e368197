/** Who judges a dispute: a referee whom the escrow names goes by a rule, the platform's own by a draw. */
import { describe, expect, test } from "vitest";
import { type Id, id } from "../../src/core/ids.ts";
import { MINUTE } from "../../src/core/time.ts";
import type { EffectName, OpenEscrowEffect } from "../../src/protocol/effects.ts";
import { newWorld, request } from "../../src/venue/paper/engine.ts";
import type { World } from "../../src/venue/paper/world.ts";
import { approved, ask, depositOf, flatTape, only, pass, SOON, usd } from "./helpers.ts";

const [BY_WORK, BY_TIME] = [id("out-referee-1"), id("out-referee-2")];
const TIMEOUT = 60 * MINUTE;

function world(): World {
  const made = newWorld({ seed: "referees", tape: flatTape(), wallet: SOON });
  ask(made, depositOf("10000"));
  return made;
}
const openOf = (over: Partial<OpenEscrowEffect> = {}): OpenEscrowEffect => ({
  ...{ type: "OpenEscrow", role: "earn", counterparty: id("out-data-1"), amount: usd("10") },
  ...{ timeoutMs: TIMEOUT, description: "a data set", ...over },
});

/** An escrow that the outsider has funded: the names decide whether it does. */
function funded(made: World, over: Partial<OpenEscrowEffect>): EffectName {
  for (let i = 0; i < 50; i += 1) {
    const open = approved(openOf(over), `ref.${i}`);
    request(made, open);
    if (only(pass(made, 4 * MINUTE), "escrowFunded").length === 1) return open.name;
    pass(made, 2 * TIMEOUT);
  }
  throw new Error("nobody funds");
}

/** We deliver after so long, or never, and dispute at once; what the referee says within ten minutes. */
function judged(referee: Id, deliveredAfter: number | undefined): string {
  const made = world();
  const escrow = funded(made, { referee });
  if (deliveredAfter !== undefined) {
    pass(made, deliveredAfter - 4 * MINUTE);
    request(made, approved({ type: "DeliverEscrow", escrow }));
  }
  request(made, approved({ type: "DisputeEscrow", escrow }));
  const before = pass(made, 10 * MINUTE - 1_000).map(({ type }) => type);
  expect(before.filter((type) => type === "escrowReleased" || type === "escrowRefunded")).toEqual(
    [],
  );
  const verdict = pass(made, 1_000).map(({ type }) => type);
  return verdict.join(" ");
}

describe("referees", () => {
  test("VES-030: the referee by the work gives it to who delivered, and back where nothing was", () => {
    expect(judged(BY_WORK, 6 * MINUTE)).toBe("escrowReleased");
    expect(judged(BY_WORK, 40 * MINUTE)).toBe("escrowReleased");
    expect(judged(BY_WORK, undefined)).toBe("escrowRefunded");
  });

  test("VES-031: the referee by the time judges the same late work otherwise", () => {
    expect(judged(BY_TIME, 6 * MINUTE)).toBe("escrowReleased");
    expect(judged(BY_TIME, 40 * MINUTE)).toBe("escrowRefunded");
    expect(judged(BY_TIME, undefined)).toBe("escrowRefunded");
  });

  test("VES-032: a referee whom nobody knows is refused, and no money is locked", () => {
    const made = world();
    const answer = request(made, approved(openOf({ role: "pay", referee: id("out-nobody") })));
    expect(answer).toMatchObject({ outcome: "rejected", reason: "unknown referee" });
    expect(made.state.escrows.size).toBe(0);
  });

  test("VES-033: with its funding an escrow says when it falls back, and then it does", () => {
    const made = world();
    const open = approved(openOf({ role: "pay", counterparty: id("out-data-2") }));
    request(made, open);
    const [report] = only(pass(made, 5_000), "escrowFunded");
    expect(report?.expiresAt).toBe((report?.at ?? 0) + TIMEOUT);
    const rest = (report?.expiresAt ?? 0) - made.state.at;
    pass(made, rest - 1_000);
    expect(made.state.escrows.has(open.name)).toBe(true);
    expect(only(pass(made, 1_000), "escrowRefunded")).toHaveLength(1);
  });
});
