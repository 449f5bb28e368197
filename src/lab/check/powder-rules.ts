/** What must hold of dry powder: no more is deployed than is kept, and it comes back when it is needed no more. */
import { FLEET } from "../../core/ids.ts";
import type { Law } from "../../fleet/state.ts";
import type { FleetEvent } from "../../protocol/events.ts";
import type { Invariant } from "./breach.ts";

type Tell = (invariant: Invariant, detail: string) => void;

const ONE = 1_000_000n;

export class PowderRules {
  readonly #tell: Tell;
  readonly #out = new Map<string, bigint>();
  /** The reserve as it was measured last, and how often it was more than nothing. */
  #sized = 0n;
  measured = 0;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  get #total(): bigint {
    return [...this.#out.values()].reduce((sum, amount) => sum + amount, 0n);
  }

  /** Between two turns: what stands in for the fleet's margin does so only while margin is missing. */
  turn(law: Law): void {
    const out = this.#out.get(FLEET) ?? 0n;
    const target = law.policy?.crisis?.targetUtilization;
    if (out === 0n || target === undefined || law.crisis.live.has(FLEET)) return;
    const below = (law.collateral * BigInt(target - 1)) / ONE;
    if (law.reserved <= below)
      this.#tell("I2", `${out} of dry powder is out, reserved ${law.reserved}, target ${below}`);
  }

  /** A grant leaves the rules' part of the collateral alone, or what was measured where that is more. */
  #kept(kept: bigint, { collateral, policy }: Law): void {
    if (policy === undefined || collateral <= 0n) return;
    const part = (collateral * BigInt(policy.dryPowder) + ONE - 1n) / ONE;
    const sized = policy.crisis?.reserveRatio === undefined ? 0n : this.#sized;
    const asked = sized < collateral ? sized : collateral;
    const lent = this.#total - (this.#out.get(FLEET) ?? 0n);
    const least = (asked > part ? asked : part) - lent;
    if (kept < least) this.#tell("I2", `a grant keeps ${kept} of dry powder, asked ${least}`);
  }

  /** Before an event is folded. */
  event(event: FleetEvent, law: Law): void {
    if (event.type === "RegimeSet" && event.reserve !== undefined) {
      this.#sized = event.reserve;
      if (event.reserve > 0n) this.measured += 1;
    }
    if (event.type === "DelegationGranted") this.#kept(event.dryPowder, law);
    if (event.type !== "DryPowderDeployed" && event.type !== "DryPowderReturned") return;
    const { type, agent, amount, deployed } = event;
    const before = this.#out.get(agent) ?? 0n;
    const after = type === "DryPowderDeployed" ? before + amount : before - amount;
    this.#out.set(agent, after);
    if (amount <= 0n || after < 0n)
      this.#tell("I2", `${type} of ${amount} for ${agent}, ${before} were out`);
    if (deployed !== this.#total)
      this.#tell("I2", `${deployed} of dry powder are told to be out, counted ${this.#total}`);
    if (type === "DryPowderDeployed" && deployed > event.reserve)
      this.#tell("I2", `${deployed} of dry powder are deployed, ${event.reserve} are kept`);
  }
}
