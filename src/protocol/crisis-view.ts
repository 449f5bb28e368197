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

export interface CrisisView {
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
   * them: a fleet that pays itself loses the net. None: absent before there was any.
   */
  readonly referral?: { readonly income: string; readonly fees: string; readonly net: string };
}
