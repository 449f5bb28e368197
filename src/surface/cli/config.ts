/** `flotilla config`: checks a fleet file and shows the rules that come of it. */
import { FLEET, type Id } from "../../core/ids.ts";
import { formatMicro } from "../../core/money.ts";
import { millis } from "../../core/time.ts";
import { publicEvents } from "../../protocol/public.ts";
import { type FleetFile, FleetFileError } from "../../runtime/fleet-file.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { fleetPath, loadFleetFile } from "./fleet-source.ts";
import type { GlobalOptions, Io } from "./io.ts";
import { count, money, multiple, percent, plural, priceText, span } from "./numbers.ts";
import { type Column, table } from "./table.ts";

export interface ConfigOptions extends GlobalOptions {
  readonly demo?: boolean;
}

/** The rules as the journal's public event tells them: amounts as decimal texts. */
function plainPolicy(file: FleetFile): unknown {
  const { policy, policyHash } = file;
  const at = millis(0);
  const base = { type: "Configure", id: "" as Id, from: FLEET, at, exp: at, print: 0 } as const;
  const events = [{ type: "FleetConfigured", policy, policyHash }] as const;
  return publicEvents({ ...base, events }, 0, 0)[0]?.["policy"];
}

/** Everything that is in force, in one object. */
export function effectiveRules(file: FleetFile) {
  return {
    fleet: file.fleet,
    policyHash: file.policyHash,
    paper: file.paper,
    deposits: file.deposits,
    policy: plainPolicy(file),
    agents: file.agents.map(({ delegation, ...agent }) => ({
      ...agent,
      delegation: {
        ...delegation,
        cap: formatMicro(delegation.cap),
        floor: formatMicro(delegation.floor),
      },
    })),
  };
}

export async function runCheck(io: Io, named: string | undefined, options: ConfigOptions) {
  const path = await fleetPath(named, options.demo === true);
  try {
    const file = await loadFleetFile(path);
    io.tell({ ok: true, path, ...effectiveRules(file) });
    const { length } = file.agents;
    io.say(
      `${path}: can be used (fleet ${file.fleet}, ${plural(length, "agent")}, ` +
        `${plural(file.policy.markets.length, "market")})`,
    );
    return EXIT.ok;
  } catch (fault) {
    if (!(fault instanceof FleetFileError)) throw fault;
    io.tell({ ok: false, path, faults: fault.faults });
    io.say(`${path}: cannot be used`);
    for (const told of fault.faults) io.say(`  ${told}`);
    return EXIT.usage;
  }
}

type Market = FleetFile["policy"]["markets"][number];
type Agent = FleetFile["agents"][number];

const MARKETS: readonly Column<Market>[] = [
  { title: "market", cell: (row) => row.market },
  { title: "lot", right: true, cell: (row) => count(Number(row.lot) / 1e8) },
  { title: "tick", right: true, cell: (row) => priceText(Number(row.tick) / 1e8) },
  { title: "order at most", right: true, cell: (row) => money(Number(row.maxNotional) / 1e6) },
  { title: "leverage", right: true, cell: (row) => multiple(row.maxLeverage) },
  { title: "taker fee", right: true, cell: (row) => percent(row.takerFee, 3) },
  { title: "maintenance", right: true, cell: (row) => percent(row.tiers[0]?.maintenance ?? 0) },
  {
    title: "moved 1 % by",
    right: true,
    cell: ({ depth }) => (depth === undefined ? "the rules' depth" : money(Number(depth) / 1e6)),
  },
];

const AGENTS: readonly Column<Agent>[] = [
  { title: "agent", cell: (row) => row.agent },
  { title: "runs as", cell: (row) => row.kind ?? row.module ?? "somebody else's" },
  { title: "may", cell: (row) => row.delegation.services.join(", ") },
  { title: "cap", right: true, cell: (row) => money(Number(row.delegation.cap) / 1e6) },
  { title: "floor", right: true, cell: (row) => money(Number(row.delegation.floor) / 1e6) },
  { title: "leverage", right: true, cell: (row) => multiple(row.delegation.maxLeverage) },
  { title: "priority", right: true, cell: (row) => String(row.delegation.priority) },
  { title: "mode", cell: (row) => row.delegation.mode },
  { title: "lease", right: true, cell: (row) => span(row.delegation.leaseMs) },
];

export function rulesPage(file: FleetFile): string[] {
  const { policy } = file;
  const { zones } = policy;
  const row = (name: string, text: string): string => `  ${name.padEnd(20)}${text}`;
  return [
    `fleet ${file.fleet}, paper, rules ${file.policyHash.slice(0, 16)}`,
    "",
    row(
      "zones",
      `yellow ${percent(zones.yellow)}, orange ${percent(zones.orange)}, ` +
        `red ${percent(zones.red)} of collateral reserved`,
    ),
    row("dry powder", `${percent(policy.dryPowder)} of collateral is never delegated`),
    row(
      "order collar",
      `limits within ${percent(policy.collar)} of a mark, ` +
        `and that not older than ${span(policy.markAgeMaxMs)}`,
    ),
    row(
      "stop",
      `at ${percent(policy.stopShare)} of the way to liquidation, ` +
        `held by the platform within ${span(policy.protectWithinMs)}`,
    ),
    row(
      "raises",
      `at most ${percent(policy.raiseStep)} a step, in force after ${span(policy.raiseDelayMs)}`,
    ),
    row("lending", `at most ${percent(policy.lendShare)} of a holding`),
    row(
      "rate",
      `${policy.rate.perSecond} commands a second for each agent, ${policy.rate.burst} at once`,
    ),
    "",
    ...table(AGENTS, file.agents),
    "",
    ...table(MARKETS, policy.markets),
  ];
}

export async function runConfigShow(
  io: Io,
  named: string | undefined,
  options: ConfigOptions,
): Promise<ExitCode> {
  const file = await loadFleetFile(await fleetPath(named, options.demo === true));
  io.tell(effectiveRules(file));
  for (const line of rulesPage(file)) io.say(line);
  return EXIT.ok;
}
