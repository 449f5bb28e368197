/** The fleet file of a drill: the demo's rules with agents of the drill's own and no narrow rates. */
import { readFile, writeFile } from "node:fs/promises";

/** One agent of a drill; with a `kind` a specialist runs it. */
export interface DrillAgent {
  readonly agent: string;
  readonly kind?: string;
  readonly config?: object;
  readonly services: readonly string[];
  readonly cap?: string;
  readonly leaseMs?: number;
}

export const DRILL_FLEET = "drill";

export const TRAFFIC_AGENTS: readonly DrillAgent[] = [
  { agent: "drill-a", services: ["trading", "casino"] },
  { agent: "drill-b", services: ["trading", "casino"] },
  { agent: "drill-c", services: ["trading", "casino"] },
  { agent: "drill-d", services: ["trading", "casino"] },
];

/** The fleet's own specialists, each a process of its own beside the traffic. */
export const SPECIALISTS: readonly DrillAgent[] = [
  { agent: "trading", kind: "trading", services: ["trading"], cap: "5000" },
  { agent: "casino", kind: "casino", services: ["casino"], cap: "800" },
  { agent: "escrow", kind: "escrow", services: ["escrow"], cap: "1700" },
  { agent: "lending", kind: "lending", services: ["lending"], cap: "5000" },
];

/** Writes the file; its name is the fleet's. */
export async function writeFleetFile(
  path: string,
  fleet: string,
  agents: readonly DrillAgent[],
  rate = { perSecond: 100_000, burst: 100_000 },
): Promise<void> {
  // Built code lies one folder deeper.
  const up = import.meta.url.endsWith(".ts") ? "../../" : "../../../";
  const demo = await readFile(new URL(`${up}deploy/demo.json`, import.meta.url), "utf8");
  const file = JSON.parse(demo) as Record<string, unknown> & { policy: Record<string, unknown> };
  delete file["$schema"];
  file["fleet"] = fleet;
  file["deposits"] = [
    { asset: "USDC", amount: "1000000" },
    { asset: "ETH", amount: "10" },
  ];
  file.policy["rate"] = rate;
  file["agents"] = agents.map(({ agent, kind, config, services, cap, leaseMs }) => ({
    agent,
    ...(kind === undefined ? {} : { kind, config: config ?? {} }),
    delegation: {
      ...{ cap: cap ?? "50000", services, maxLeverage: 3_000_000, priority: 1 },
      ...{ mode: "cross", floor: "0", leaseMs: leaseMs ?? 3_600_000 },
    },
  }));
  await writeFile(path, JSON.stringify(file));
}
