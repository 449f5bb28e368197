/** What a fleet's view adds in a crisis and after one: plain JSON, amounts as decimal texts. */
import type { Mode } from "./words.ts";

/** A kill switch that is thrown. Flattened, it says `flat` when the venue has said so, not before. */
export interface KillView {
  readonly scope: string;
  readonly mode: Mode;
  readonly epoch: number;
  readonly reason: string;
  readonly flat: boolean;
  readonly positions: number;
  readonly orders: number;
}

/** A rule that the fleet file loosened and whose time has not come; values as they stand in the file. */
export interface WaitingRuleView {
  /** Its path: `dryPowder`, `markets.btc-perp.maxLeverage`, `assets.BTC.haircut`. */
  readonly rule: string;
  /** What holds, and what it is on its way to. Nothing: "". */
  readonly holds: string;
  readonly to: string;
  /** Epoch ms of its next step. */
  readonly effectiveAt: number;
}

export interface CrisisView {
  /** None: absent while every rule holds as the fleet file says. */
  readonly waitingRules?: readonly WaitingRuleView[];
  /** Scopes that are not in run mode: "fleet", an agent, or "@" and a venue. None: absent while all run. */
  readonly kills?: readonly KillView[];
  /** The reserve while some of it is deployed. None: absent while it lies whole. */
  readonly powder?: {
    readonly reserve: string;
    readonly deployed: string;
    readonly remaining: string;
  };
  /**
   * Referral income and the fees of the very escrows that it came from, whoever of the two sides bore
   * them: a fleet that pays itself loses the net; and who earned it. None: absent until one was earned.
   */
  readonly referral?: {
    readonly income: string;
    readonly fees: string;
    readonly net: string;
    /** By agent: it adds up to the income. */
    readonly by: Readonly<Record<string, string>>;
  };
}
