/** What the law keeps of an agent's last dealings with outsiders. */
import type { Id } from "../core/ids.ts";
import type { Micro } from "../core/money.ts";
import type { Millis } from "../core/time.ts";
import type { DueDirection } from "../protocol/events-dues.ts";

export interface Dealt {
  readonly escrows: Map<
    "pay" | "earn",
    { readonly counterparty: Id; readonly description: string; readonly at: Millis }
  >;
  /** By direction, party and amount, the newest at the end. */
  readonly dues: Map<
    string,
    {
      readonly party: Id;
      readonly direction: DueDirection;
      readonly amount: Micro;
      readonly at: Millis;
    }
  >;
}

export const noneDealt = (): Dealt => ({ escrows: new Map(), dues: new Map() });
