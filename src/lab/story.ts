/** A failing run as a story: what it was, what happened last, which invariant broke and by how much. */
import { MEANING } from "./check/breach.ts";
import type { Told } from "./check/checker.ts";
import type { SimOptions } from "./options.ts";
import type { RunResult } from "./run.ts";

const LAST_TURNS = 12;

const plain = (_key: string, value: unknown): unknown =>
  typeof value === "bigint" ? value.toString() : value;

function turnLine({ seq, index, turn }: Told): string {
  const when = new Date(turn.at).toISOString().slice(11, 23);
  const head = `  ${when} ${seq}.${index} ${turn.type} by ${turn.from}`;
  if (turn.rejection !== undefined) {
    const { code, detail } = turn.rejection;
    return `${head}: refused, ${code}${detail === undefined ? "" : ` (${detail})`}`;
  }
  const events = turn.events.map((event) => {
    const { type, ...facts } = event;
    return `${type} ${JSON.stringify(facts, plain).slice(0, 160)}`;
  });
  return `${head}\n${events.map((line) => `      ${line}`).join("\n")}`;
}

/** How to see it again. */
function commandOf(options: SimOptions): string {
  const faults = options.faults.length === 0 ? "none" : options.faults.join(",");
  const point = options.crashAt === undefined ? "" : ` --crash-at ${options.crashAt}`;
  const parts = options.parts.length === 0 ? "none" : options.parts.join(",");
  const drawn = `--faults ${faults} --parts ${parts}${point}`;
  const shape = `--minutes ${options.minutes} --mode ${options.mode} ${drawn}`;
  return `npm run sim -- --seed ${options.seed} ${shape}`;
}

export function storyOf(result: RunResult): string {
  const { options, breaches, counts, world } = result;
  const lines = [
    `seed ${options.seed} broke at minute ${(result.hours * 60).toFixed(1)}, step ${result.steps}`,
    `  options  ${JSON.stringify(options)}`,
    `  fired    ${JSON.stringify(counts)}`,
    `  journal  ${result.length} messages, ${result.turns} turns, head ${result.hash.slice(0, 16)}`,
    "the last turns:",
    ...world.checker.last.slice(-LAST_TURNS).map(turnLine),
    "who is where:",
    ...world.coordinators.map(
      (host) => `  ${host.life.name}: ${host.coordinator?.phase}; last fault ${host.lastFault}`,
    ),
    ...world.agents.map(
      (host) => `  ${host.life.name}: ${host.running?.phase()} ${host.running?.why()}`,
    ),
    "broken:",
    ...breaches
      .slice(0, 5)
      .flatMap(({ invariant, detail, where }) => [
        `  ${invariant}  ${MEANING[invariant]}`,
        `      ${detail}`,
        ...(where === "" ? [] : [`      at ${where}`]),
      ]),
    `again: ${commandOf(options)}`,
  ];
  return lines.join("\n");
}
