/** What an agent is told of its last dealings with outsiders, whether they are over or not. */
import type { DueDirection } from "./events-dues.ts";

/** Its part of a view: what a new start must know, so that it does nothing before its time. */
export interface DealtView {
  /** None: absent before its first escrow and its first debt. */
  readonly dealt?: {
    /** The last escrow that it opened in each role; times are the fleet's, epoch ms. */
    readonly escrows: readonly {
      readonly role: "pay" | "earn";
      readonly counterparty: string;
      readonly description: string;
      readonly at: number;
    }[];
    /** When it last recorded a debt with a party, of a direction and an amount; the 64 newest. */
    readonly dues: readonly {
      readonly party: string;
      readonly direction: DueDirection;
      readonly amount: string;
      readonly at: number;
    }[];
  };
}
