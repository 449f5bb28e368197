/** docs/lifecycles.md draws every machine of machines/, and nothing else; UPDATE_DOCS=1 redraws it. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type AnyStateMachine, StateMachine } from "xstate";
import { arrowsOf } from "../../machines/step.ts";
import { LAW } from "./law.ts";

const FOLDER = new URL("../../machines/", import.meta.url);
const PAGE = new URL("../../docs/lifecycles.md", import.meta.url);

interface Drawn {
  readonly file: string;
  /** The sentence that opens the file. */
  readonly says: string;
  readonly machine: AnyStateMachine;
}

async function machines(): Promise<readonly Drawn[]> {
  const found: Drawn[] = [];
  for (const file of readdirSync(FOLDER).sort()) {
    const url = new URL(file, FOLDER);
    const exported: Readonly<Record<string, unknown>> = await import(url.href);
    const says = /^\/\*\* (.*) \*\/$/m.exec(readFileSync(url, "utf8"))?.[1] ?? "";
    for (const value of Object.values(exported)) {
      if (value instanceof StateMachine) found.push({ file, says, machine: value });
    }
  }
  return found;
}

const ALL = await machines();
const isLaw = ({ machine }: Drawn): boolean => LAW.includes(machine.id);

/** Arrows as they are written: also those that a guard or a timer may hold back. */
function drawnArrows(machine: AnyStateMachine): readonly (readonly [string, string, string])[] {
  const arrows: [string, string, string][] = [];
  for (const [from, node] of Object.entries(machine.states)) {
    for (const [event, transitions] of node.transitions) {
      for (const { target } of transitions) {
        for (const to of target ?? [node]) arrows.push([from, event, to.key]);
      }
    }
  }
  return arrows;
}

/** Mermaid takes no hyphen in a name. */
const drawnName = (name: string): string => name.replaceAll("-", "_");
/** What XState calls a timer, as people would. */
const drawnEvent = (event: string): string => (event.startsWith("xstate.") ? "(in time)" : event);

function diagram({ machine, file, says }: Drawn): string {
  const initial = Object.values(machine.root.initial.target)[0]?.key ?? "";
  const joined = new Map<string, string[]>();
  for (const [from, event, to] of drawnArrows(machine)) {
    const key = `  ${drawnName(from)} --> ${drawnName(to)}`;
    joined.set(key, [...(joined.get(key) ?? []), drawnEvent(event)]);
  }
  const ends = Object.entries(machine.states).filter(([, node]) => node.type === "final");
  const lines = [
    `  [*] --> ${drawnName(initial)}`,
    ...[...joined].map(([key, events]) => `${key}: ${events.join(", ")}`),
    ...ends.map(([name]) => `  ${drawnName(name)} --> [*]`),
  ];
  return `### ${machine.id}\n\n${says} (\`machines/${file}\`)\n\n\`\`\`mermaid\nstateDiagram-v2\n${lines.join("\n")}\n\`\`\`\n`;
}

const HEAD = `# Lifecycles

Every lifecycle is one machine in \`machines/\`. Those of the law are arrows only: the law asks whether an
arrow is there, and where there is none nothing happens. Those of live actors run, with timers on a clock
that they are given.

This page is drawn from the machines by \`UPDATE_DOCS=1 npx vitest run test/machines\`, and a test keeps the
two in step.
`;

function page(): string {
  const law = ALL.filter(isLaw).map(diagram);
  const live = ALL.filter((drawn) => !isLaw(drawn)).map(diagram);
  return [HEAD, "## Of the law\n", ...law, "## Of live actors\n", ...live].join("\n");
}

describe("docs/lifecycles.md", () => {
  test("LIF-001: it is what the machines make of it", () => {
    if (process.env["UPDATE_DOCS"] === "1") writeFileSync(PAGE, page());
    expect(readFileSync(PAGE, "utf8")).toBe(page());
  });

  test("LIF-002: every file of machines/ but step.ts holds one machine, of the file's own name", () => {
    const files = readdirSync(FOLDER)
      .filter((file) => file !== "step.ts")
      .sort();
    expect(ALL.map(({ file }) => file)).toEqual(files);
    expect(ALL.map(({ machine }) => `${machine.id}.ts`)).toEqual(files);
    expect(ALL.filter(isLaw).map(({ machine }) => machine.id)).toEqual(LAW);
  });
});

describe.each(ALL.filter(isLaw))("the $machine.id machine", ({ machine, file }) => {
  test("LIF-003: it has states and arrows only: no actions, guards, timers, actors or memory", () => {
    for (const node of [machine.root, ...Object.values(machine.states)]) {
      expect([node.entry, node.exit, node.invoke, node.after, node.always ?? []]).toEqual([
        [],
        [],
        [],
        [],
        [],
      ]);
      for (const transitions of node.transitions.values()) {
        for (const { actions, guard, reenter } of transitions) {
          expect([actions, guard, reenter]).toEqual([[], undefined, false]);
        }
      }
      expect(Object.keys(node.states).length === 0 || node === machine.root).toBe(true);
    }
    const text = readFileSync(new URL(file, FOLDER), "utf8");
    expect(text).not.toMatch(
      /\b(after|invoke|spawn|spawnChild|assign|raise|sendTo|actions|entry|exit|always|context)\b/,
    );
    expect(text.match(/^import .*$/gm)).toEqual(['import { createMachine } from "xstate";']);
  });

  test("LIF-004: every arrow that is written is an arrow that is stepped, and every state is reached", () => {
    expect(arrowsOf(machine)).toEqual(drawnArrows(machine));
    const reached = new Set([Object.values(machine.root.initial.target)[0]?.key]);
    for (let before = 0; before < reached.size; ) {
      before = reached.size;
      for (const [from, , to] of arrowsOf(machine)) if (reached.has(from)) reached.add(to);
    }
    expect([...reached].sort()).toEqual(Object.keys(machine.states).sort());
  });

  test("LIF-005: what is final has no arrow out, and what is not has one", () => {
    const leaving = new Set(arrowsOf(machine).map(([from]) => from));
    for (const [name, node] of Object.entries(machine.states)) {
      expect([name, leaving.has(name)]).toEqual([name, node.type !== "final"]);
    }
  });
});
