/** What players ask, in short. */

type Side = "buy" | "sell";

/** An opening order at the market. */
export const opens = (order: string, coin: string, side: Side, qty: string, leverage: number) =>
  ({ order, market: `${coin}-perp`, side, qty, leverage: leverage * 1_000_000 }) as const;

/** An order that only reduces, at the market. */
export const reduces = (order: string, coin: string, side: Side, qty: string) =>
  ({ order, market: `${coin}-perp`, side, qty, reduceOnly: true }) as const;

export const lends = (loan: string, amount: string, noticeMs: number) =>
  ({ loan, asset: "USDC", amount, minRate: 1_000, noticeMs }) as const;
