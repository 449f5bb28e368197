/** What views tell of margin: how much there is, who is called for it, and what is done about it now. */
import type { CallPhase, Zone } from "./words.ts";

/** A margin call that is neither cured nor resolved. */
export interface CallView {
  /** `fleet`, or the isolated agent that is called. */
  readonly agent: string;
  readonly call: string;
  readonly phase: CallPhase;
  /** Margin that must still come free to be back at the target; "0" when it is, and not yet told. */
  readonly shortfall: string;
  /** Until then nobody's position is closed for it, epoch ms. */
  readonly deadline: number;
}

/** A rule that holds something back, or acts, at this moment. */
export interface DutyView {
  readonly duty: string;
  /** `fleet` for what concerns all. */
  readonly agent: string;
  readonly says: string;
  /** Of `maintenance-alert`: maintenance over equity that was passed, in ppm. None: absent elsewhere. */
  readonly passed?: number;
}

/** Margin of the fleet, or of one agent on its own cap and results. Ratios in ppm, losses rounded up. */
export interface MarginView {
  readonly equity: string;
  readonly maintenance: string;
  /** Maintenance over equity: at 1,000,000 positions are no longer covered. */
  readonly maintenanceRatio: number;
  /** Reserved over collateral; of an agent, over its cap with its results. */
  readonly utilization: number;
  /** Equity over what is held, long or short, at the mark. Absent where nothing is held. */
  readonly equityRatio?: number;
  readonly zone: Zone;
  readonly calls: readonly CallView[];
  readonly duties: readonly DutyView[];
}

/** What one agent has brought and cost, in USDC. */
export interface AttributionLine {
  readonly agent: string;
  /** Booked results by kind: trading, fees, funding, and so on. Fees paid are negative. */
  readonly results: Readonly<Record<string, string>>;
  /** What was earned in other assets, less what of them was lost lending: at the mark when it came. */
  readonly coins: string;
  /** The same in units of each asset. Where nothing was earned or lost in one, it is not there. */
  readonly earned: Readonly<Record<string, string>>;
  /** The booked results and the coins together. */
  readonly realized: string;
  readonly unrealized: string;
  /** Realized and unrealized: the results, the coins, and what is open. */
  readonly pnl: string;
  /** Of that, what came in the last seven days of the calendar (UTC), today among them. */
  readonly pnlWeek: string;
  /**
   * What the margin that it held has cost since it was enrolled: reserve x rate x time. It is forgone, not paid: no
   * part of the P&L. Rounded down; what the agents' roundings leave of the wallet's is the fleet's own.
   */
  readonly marginCost: string;
  /** What the margin that it holds now costs in a day at `marginRate`. */
  readonly marginCostPerDay: string;
  /** Its part of the fleet's value at risk. Absent where that cannot be measured. */
  readonly valueAtRisk?: string;
  /**
   * Average leverage of its open positions in ppm (2,100,000 is 2.1x): their value at the marks over the margin held
   * for them. The total's is that of all, each position for itself. Absent where nothing is open under margin.
   */
  readonly leverage?: number;
  /**
   * The same over the time since it was enrolled: what was open at its marks x time, over the margin
   * held for it x time. An hour counts by its margin, and one with nothing open not at all. Rounded
   * up. The total's is that of all, each position for itself. Absent where nothing has been open
   * under margin for any time.
   */
  readonly leverageOverTime?: number;
}

/** What the wallet holds of one asset other than USDC, in its units. */
export interface CoinView {
  readonly asset: string;
  readonly owned: string;
  /** Deposited less withdrawn. */
  readonly deposited: string;
  /** The difference: equal to the total of what was earned of it. */
  readonly results: string;
}

/** How the results of one service and of trading move together, hour by hour, as the fleet had them. */
export interface TogetherView {
  readonly service: string;
  /** Whole hours of the last week of which both results are known: each is one sample. */
  readonly hours: number;
  /** Pearson's, and the ends of its interval of 95 %. Absent below 24 hours, and where either stands still. */
  readonly correlation?: number;
  readonly low?: number;
  readonly high?: number;
}

/**
 * Each column of money of the lines adds up to its total, to the unit; in each line and in the total, results,
 * coins and unrealized add up to the P&L. What holdings gain by their own price is in no column.
 */
export interface AttributionView {
  readonly lines: readonly AttributionLine[];
  readonly total: Omit<AttributionLine, "agent">;
  /**
   * What margin costs a year now, in ppm: what the fleet's lent USDC earns on average; where none is lent, the rules'
   * `marginRate`.
   */
  readonly marginRate: number;
  /** How each other service's results move with trading's. */
  readonly together: readonly TogetherView[];
  /**
   * USDC of the fleet, wherever it lies (in the wallet, lent, in bets, escrows and withdrawals
   * under way, and in domains at what they cost); what was deposited less withdrawn; and the
   * difference. A netted debt with an outsider counts as deposited until it is paid, what an
   * outsider owes as withdrawn until it has come.
   */
  readonly wallet: {
    readonly owned: string;
    readonly deposited: string;
    /** Equal to the total of all results. */
    readonly results: string;
    /** What all reserved margin has cost, counted apart from the agents': equal to their total. */
    readonly marginCost: string;
    readonly coins: readonly CoinView[];
  };
}
