/** The fleet file that comes along stands at the bounds that the pages tell of. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

interface Shipped {
  readonly policy: {
    readonly zones: Readonly<Record<string, number>>;
    readonly dryPowder: number;
    readonly lendShare: number;
    readonly referrer?: string;
  };
  readonly agents: readonly {
    readonly agent: string;
    readonly kind: string;
    readonly config?: { readonly registers?: string; readonly referrer?: string };
  }[];
  readonly assets: readonly { readonly asset: string; readonly haircut: number }[];
  readonly markets: readonly {
    readonly market: string;
    readonly tiers: readonly { readonly initial: number; readonly maintenance: number }[];
  }[];
}

const file: Shipped = JSON.parse(
  readFileSync(new URL("../../deploy/demo.json", import.meta.url), "utf8"),
);

test("SHP-001: zones at 60, 75 and 85 %, a reserve of 15 to 20 %, haircuts of 0, 10 and 12 %, 40 % lent", () => {
  const { zones, dryPowder, lendShare } = file.policy;
  expect(zones).toMatchObject({ yellow: 600_000, orange: 750_000, red: 850_000 });
  expect(dryPowder).toBeGreaterThanOrEqual(150_000);
  expect(dryPowder).toBeLessThanOrEqual(200_000);
  expect(lendShare).toBe(400_000);
  const haircuts = file.assets.map(({ asset, haircut }) => [asset, haircut]);
  expect(Object.fromEntries(haircuts)).toMatchObject({ USDC: 0, BTC: 100_000, ETH: 120_000 });
});

test("SHP-003: the escrow agent has another agent of the fleet registered as its referrer, and names none beside", () => {
  const escrows = file.agents.filter(({ kind }) => kind === "escrow");
  expect(escrows.length).toBeGreaterThan(0);
  for (const { agent, config } of escrows) {
    const others = file.agents.map((one) => one.agent).filter((name) => name !== agent);
    expect(others).toContain(config?.registers);
    // What an order names goes before the registration, as does what the rules name.
    expect([config?.referrer, file.policy.referrer]).toEqual([undefined, undefined]);
  }
});

test("SHP-002: in every bracket of every market maintenance is half to three quarters of the initial margin", () => {
  expect(file.markets.length).toBeGreaterThan(4);
  for (const { market, tiers } of file.markets) {
    expect(tiers.length, market).toBeGreaterThan(0);
    for (const { initial, maintenance } of tiers) {
      expect(maintenance / initial, market).toBeGreaterThanOrEqual(0.5);
      expect(maintenance / initial, market).toBeLessThanOrEqual(0.75);
    }
  }
});
