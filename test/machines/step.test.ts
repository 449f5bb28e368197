/** step: the next phase, or undefined where there is no arrow; and which arrows the law itself takes. */
import { describe, expect, test } from "vitest";
import { delegationMachine } from "../../machines/delegation.ts";
import { escrowMachine } from "../../machines/escrow.ts";
import { loanMachine } from "../../machines/loan.ts";
import { marginCallMachine } from "../../machines/margin-call.ts";
import { positionMachine } from "../../machines/position.ts";
import { arrowsOf, step } from "../../machines/step.ts";

/** Every arrow there is, written down a second time: one added or lost is seen here. */
const ARROWS = [
  [
    delegationMachine,
    "active RENEW active, active EXPIRE expired, active RECALL recalling, active REVOKE recalling, expired RENEW active, expired RECALL recalling, expired REVOKE recalling, expired END ended, recalling REVOKE recalling, recalling END ended",
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
    "none CALL called, called CURE cured, called EXPIRE expired, expired LIQUIDATE liquidating, expired CURE cured, liquidating RESOLVE resolved, cured CALL called, resolved CALL called",
  ],
] as const;

describe("step", () => {
  test.each(ARROWS.map(([machine, arrows]) => ({ machine, arrows })))(
    "STE-001: $machine.id has exactly its arrows",
    ({ machine, arrows }) => {
      expect(
        arrowsOf(machine)
          .map((arrow) => arrow.join(" "))
          .join(", "),
      ).toBe(arrows);
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
