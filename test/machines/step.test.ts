/** step: the next phase, or undefined where there is no arrow; and every arrow of every machine, gone. */
import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type AnyStateMachine, createActor, SimulatedClock } from "xstate";
import { coordinatorMachine } from "../../machines/coordinator.ts";
import { delegationMachine } from "../../machines/delegation.ts";
import { domainMachine } from "../../machines/domain.ts";
import { escrowMachine } from "../../machines/escrow.ts";
import { jobMachine } from "../../machines/job.ts";
import { loanMachine } from "../../machines/loan.ts";
import { marginCallMachine } from "../../machines/margin-call.ts";
import { positionMachine } from "../../machines/position.ts";
import { specialistMachine } from "../../machines/specialist.ts";
import { arrowsOf, step } from "../../machines/step.ts";

/** Every arrow there is, written down a second time: one added or lost is seen here. */
const ARROWS = [
  [
    delegationMachine,
    "active RENEW active, active EXPIRE expired, active RECALL recalling, active REVOKE recalling, expired RENEW active, expired RECALL recalling, expired REVOKE recalling, recalling REVOKE recalling, recalling END ended",
  ],
  [
    positionMachine,
    "flat OPEN unprotected, unprotected GROW unprotected, unprotected PROTECT protected, unprotected CLOSE closing, unprotected FLAT flat, protected GROW unprotected, protected EXPOSE unprotected, protected CLOSE closing, protected FLAT flat, closing GROW closing, closing FLAT flat",
  ],
  [
    escrowMachine,
    "requested FUND funded, requested FAIL failed, funded DELIVER delivered, funded RELEASE released, funded REFUND refunded, funded DISPUTE disputed, delivered RELEASE released, delivered REFUND refunded, delivered DISPUTE disputed, disputed RELEASE released, disputed REFUND refunded",
  ],
  [
    loanMachine,
    "requested OPEN open, requested FAIL failed, open RECALL recalling, open RETURN returned, recalling REFUSE open, recalling RETURN returned",
  ],
  [
    marginCallMachine,
    "none CALL called, called CURE cured, called EXPIRE expired, expired LIQUIDATE liquidating, liquidating RESOLVE resolved, cured CALL called, resolved CALL called",
  ],
  [
    domainMachine,
    "requested REGISTER owned, requested FAIL failed, owned PARK parked, owned LIST listed, owned RENEW owned, owned LAPSE grace, parked LIST listed, parked RENEW parked, parked LAPSE grace, listed PARK parked, listed LIST listed, listed RENEW listed, listed SELL sold, listed LAPSE grace, grace RENEW owned, grace LOSE lost",
  ],
  [
    jobMachine,
    "posted TAKE taken, posted CANCEL cancelled, posted EXPIRE lapsed, taken DELIVER delivered, taken EXPIRE lapsed, delivered ACCEPT paid, delivered REJECT rejected, delivered EXPIRE paid",
  ],
  [
    coordinatorMachine,
    "connecting READY standby, connecting DRAIN stopped, connecting FAIL failed, standby ELECTED recovering, standby DRAIN stopped, standby FAIL failed, recovering RECOVERED leading, recovering DEPOSED standby, recovering DRAIN stopped, recovering FAIL failed, leading DEPOSED standby, leading DRAIN draining, leading FAIL failed, draining DRAINED stopped, draining DEPOSED stopped, draining FAIL failed",
  ],
  [
    specialistMachine,
    "connecting LINKED syncing, connecting FAIL failed, connecting STOP stopped, syncing RUN running, syncing REDUCE reducing, syncing HALT halted, syncing LOST connecting, syncing FAIL failed, syncing STOP stopped, running RUN running, running REDUCE reducing, running HALT halted, running LOST connecting, running FAIL failed, running STOP stopped, running ACT running, running REST resting, running SILENT reducing, resting RUN resting, resting REDUCE reducing, resting HALT halted, resting LOST connecting, resting FAIL failed, resting STOP stopped, resting ACT running, resting REST resting, resting SILENT reducing, reducing RUN running, reducing REDUCE reducing, reducing HALT halted, reducing LOST connecting, reducing FAIL failed, reducing STOP stopped, reducing SILENT reducing, halted RUN running, halted REDUCE reducing, halted HALT halted, halted LOST connecting, halted FAIL failed, halted STOP stopped",
  ],
] as const;

type Arrow = readonly [from: string, event: string, to: string];
const written = (arrows: string): readonly Arrow[] =>
  arrows.split(", ").map((arrow) => arrow.split(" ") as unknown as Arrow);

/** The shortest way from the beginning to each phase, by written arrows. */
function waysOf(initial: string, arrows: readonly Arrow[]): ReadonlyMap<string, readonly string[]> {
  const ways = new Map<string, readonly string[]>([[initial, []]]);
  for (const [at, way] of ways) {
    for (const [from, event, to] of arrows) {
      if (from === at && !ways.has(to)) ways.set(to, [...way, event]);
    }
  }
  return ways;
}

const MACHINES = ARROWS.map(([machine, arrows]) => ({ machine, arrows }));

describe("step", () => {
  test.each(MACHINES)("STE-001: $machine.id has exactly its arrows", ({ machine, arrows }) => {
    expect(
      arrowsOf(machine)
        .map((arrow) => arrow.join(" "))
        .join(", "),
    ).toBe(arrows);
  });

  test("STE-005: every machine there is stands in that list", () => {
    const folder = new URL("../../machines/", import.meta.url);
    const files = readdirSync(folder).filter((file) => file !== "step.ts");
    expect(MACHINES.map(({ machine }) => `${machine.id}.ts`).toSorted()).toEqual(files.toSorted());
  });

  test.each(MACHINES)(
    "STE-006: $machine.id, run as an actor, goes each of its arrows and reaches each phase",
    ({ machine, arrows }) => {
      const all = written(arrows);
      const initial = Object.values(machine.root.initial.target)[0]?.key ?? "";
      const ways = waysOf(initial, all);
      expect([...ways.keys()].toSorted()).toEqual(Object.keys(machine.states).toSorted());
      for (const [from, event, to] of all) {
        const actor = createActor(machine as AnyStateMachine, { clock: new SimulatedClock() });
        actor.start();
        const send = (type: string) => actor.send({ type, leaseMs: 1_000, why: "told" });
        for (const type of ways.get(from) ?? []) send(type);
        expect(actor.getSnapshot().value).toBe(from);
        send(event);
        expect([from, event, actor.getSnapshot().value]).toEqual([from, event, to]);
      }
    },
  );

  test("STE-002: an arrow leads on; where there is none the answer is undefined, each time", () => {
    for (let again = 0; again < 2; again++) {
      expect(step(loanMachine, "requested", "OPEN")).toBe("open");
      expect(step(loanMachine, "requested", "RETURN")).toBeUndefined();
      expect(step(loanMachine, "returned", "OPEN")).toBeUndefined();
      expect(step(loanMachine, "open", "toString")).toBeUndefined();
    }
  });

  test("STE-003: an arrow of one machine is none of another's", () => {
    expect(step(escrowMachine, "requested", "FUND")).toBe("funded");
    expect(step(loanMachine, "requested", "FUND")).toBeUndefined();
  });

  test("STE-004: a phase that the machine does not have is a bug, not an answer", () => {
    expect(() => step(loanMachine, "nowhere", "OPEN")).toThrow();
  });
});
