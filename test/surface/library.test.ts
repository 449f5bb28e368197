/** The entries `flotilla/liquidation` and `flotilla/risk`, from the package as it is packed: they load, and compute. */
import { spawnSync } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { projectWith, ROOT } from "./packed.ts";

/** What the two entries may need of what the package depends on: no broker, no schemas, no machines. */
const NEEDED = ["decimal.js", "ml-matrix", "pure-rand", "yalps"];
const PAGES = ["liquidation", "risk"] as const;

interface Example {
  readonly path: string;
  readonly code: string;
  readonly prints: string;
}

/** The program that a page shows, and what it says that it prints. */
async function exampleOf(page: string): Promise<Example> {
  const text = await readFile(join(ROOT, `docs/${page}.md`), "utf8");
  const shown = /^```ts file=(src\/\w+\.ts)\n([\s\S]*?)^```\n\n```text\n([\s\S]*?)^```$/m.exec(
    text,
  );
  const [, path = "", code = "", prints = ""] = shown ?? [];
  return { path, code, prints };
}

let home = "";
/** What the compiler has against the worked numbers and the pages' examples together. */
let faults = "";
beforeAll(async () => {
  home = await projectWith([...NEEDED, "@types"]);
  await mkdir(join(home, "src"));
  const project = JSON.parse(await readFile(join(home, "package.json"), "utf8"));
  await writeFile(join(home, "package.json"), JSON.stringify({ ...project, type: "module" }));
  const compilerOptions = {
    ...{ target: "ES2023", module: "NodeNext", moduleResolution: "NodeNext", types: ["node"] },
    ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
    // The package's own types are looked through as well.
    ...{ rootDir: "src", outDir: "dist", skipLibCheck: false },
  };
  const config = JSON.stringify({ compilerOptions, include: ["src"] });
  await writeFile(join(home, "tsconfig.json"), config);
  await writeFile(join(home, "src/asked.ts"), ASKED);
  for (const page of PAGES) {
    const { path, code } = await exampleOf(page);
    await writeFile(join(home, path), code);
  }
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  faults = spawnSync(process.execPath, [tsc], { cwd: home, encoding: "utf8" }).stdout;
});
afterAll(async () => {
  await rm(home, { recursive: true, force: true });
});

function ran(file: string): string {
  const path = join("dist", basename(file).replace(/ts$/, "js"));
  const { stdout, stderr } = spawnSync(process.execPath, [path], { cwd: home, encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout;
}

/** Worked numbers of the reference cases, as a stranger would ask for them. */
const ASKED = `
import * as liquidation from "flotilla/liquidation";
import { ppm, riskParity, kupiec, type Measured } from "flotilla/risk";

function value<T>(answer: Measured<T>): T {
  if (!answer.ok) throw new Error(answer.reason);
  return answer.value;
}

const { baseToCover, netMultilaterally, settle, schedule, cascade } = liquidation;
const { clearingVector, cheapestReduction, contractsProRata, cappedProRata } = liquidation;
const owed = (debtor: string, creditor: string, amount: bigint) => ({ debtor, creditor, amount });
const netted = value(
  netMultilaterally([
    ...[owed("A", "B", 10n), owed("B", "C", 7n), owed("C", "A", 5n)],
    ...[owed("B", "D", 6n), owed("D", "A", 4n)],
  ]),
);
const rated = (notional: number, maintenanceRate: number, closeCostRate: number) =>
  ({ notional, maintenanceRate, closeCostRate });
const book = [
  ...[rated(40000, 0.005, 0.0006), rated(25000, 0.01, 0.001)],
  ...[rated(15000, 0.02, 0.0025), rated(8000, 0.05, 0.008)],
];
const agents = [100, 80, 120].map((units, i) => ({
  ...{ id: "agent-" + i, units: [units], limit: 6 },
  ...{ debt: [8000, 6600, 9000][i] ?? 0, cash: [500, 200, 300][i] ?? 0 },
}));
const fallen = value(
  cascade({
    ...{ assets: [{ id: "coin", price: 95, impact: 0.0002 }], agents, shock: [0] },
    form: "exponential",
  }),
);
const sold = value(
  schedule({
    ...{ size: 1e6, horizon: 5, steps: 5, sigma: 0.95, eta: 2.5e-6, gamma: 2.5e-7 },
    ...{ epsilon: 0.0625, lambda: 0 },
  }),
);
const closed = value(
  contractsProRata({
    ...{ positions: [7, 5, 3, -4], required: 6, side: "long", rounding: "ceil" },
    lossPerContract: 2,
  }),
);
const fee = { marginRatio: 0.1, liquidatorFee: 0.01, insuranceFee: 0.01, quotePrice: 1 };
const paid = value(
  clearingVector({
    liabilities: [[0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]],
    externalAssets: [0.5, 0.625, 0.75],
    externalLiabilities: [1.5, 0.5, 0.5],
  }),
);
console.log(
  JSON.stringify({
    base: value(baseToCover({ shortage: 10, price: 100, ...fee })),
    cleared: Number(netted.cleared),
    moved: Number(value(settle(netted.net)).moved),
    paid: paid.payments,
    reduced: value(cheapestReduction(book, 600, 0.8)),
    price: fallen.prices[0],
    held: sold.holdings,
    expected: sold.expectedCost,
    closed: closed.closed,
    cut: value(cappedProRata(100, [40, 40, 30, 20], [10, 40, 30, 60])),
    parity: value(riskParity([[0.04, 0], [0, 0.01]])).weights,
    breaches: value(kupiec(6, 250, ppm(10_000))).statistic,
    refused: baseToCover({ shortage: -1, price: 100, ...fee }),
  }),
);
`;

describe("the packed package as a library", () => {
  test("LIB-001: both entries give the reference cases' numbers, and need neither broker nor schemas", () => {
    expect(faults).toBe("");
    const told = JSON.parse(ran("asked.ts"));
    expect(told).toMatchObject({ cleared: 27, moved: 4, closed: [3, 2, 1, 0] });
    expect(told.base).toBeCloseTo(1.25, 9);
    expect(told.cut).toEqual([10, 40, 30, 20]);
    expect(told.held.map(Math.round)).toEqual([1e6, 8e5, 6e5, 4e5, 2e5, 0]);
    expect(told.expected).toBeCloseTo(662_500, 6);
    expect(told.price).toBeCloseTo(94.913000164285, 9);
    expect(told.reduced).toMatchObject({ feasible: true, cost: expect.closeTo(85, 9) });
    expect(told.paid).toEqual([1.4732142857, 1.4196428571, 1.5].map((x) => expect.closeTo(x, 9)));
    expect(told.parity).toEqual([1 / 3, 2 / 3].map((x) => expect.closeTo(x, 9)));
    // -2 ln of (0.99^244 0.01^6) over (0.976^244 0.024^6).
    expect(told.breaches).toBeCloseTo(3.5554, 4);
    expect(told.refused).toMatchObject({ ok: false, code: "out-of-range" });
  });

  test.each(PAGES)(
    "LIB-002: the example of docs/%s.md compiles strictly and prints what the page says",
    async (page) => {
      const { path, prints } = await exampleOf(page);
      expect(faults).toBe("");
      expect(ran(path)).toBe(prints);
    },
  );

  test("LIB-003: the package has its three entries with their types, and nothing else can be imported", async () => {
    const file = join(home, "node_modules/flotilla/package.json");
    const { exports } = JSON.parse(await readFile(file, "utf8"));
    expect(Object.keys(exports)).toEqual([".", "./liquidation", "./risk"]);
    const inner = `await import("flotilla/dist/src/liquidation/book.js");`;
    const args = ["--input-type=module", "--eval", inner];
    const { stderr } = spawnSync(process.execPath, args, { cwd: home, encoding: "utf8" });
    expect(stderr).toContain("ERR_PACKAGE_PATH_NOT_EXPORTED");
  });
});
