/** Which states and arrows of a specialist's own machine the runs of the suite have reached. */
import type {
  AnyStateMachine,
  AnyStateNode,
  AnyTransitionDefinition,
  InspectionEvent,
} from "xstate";
import type { AgentView } from "../protocol/views.ts";
import { demand } from "./conformance-ground.ts";
import type { SpecialistDefinition } from "./define.ts";
import { pathsOf } from "./lifecycle.ts";

const named = ({ path }: AnyStateNode): string => path.join(".");

/** The event as its author wrote it: XState names timers and ends by the state as well. */
function eventOf(type: string): string {
  if (type === "") return "always";
  const [, kind, ...rest] = /^xstate\.(after|done|error)\.(.*)$/.exec(type) ?? [];
  if (kind === undefined) return type;
  return kind === "after" ? `after ${rest.join("").split(".")[0]}` : kind;
}

function plainArrow({ source, target, eventType }: AnyTransitionDefinition): string {
  const to = target === undefined ? "itself" : target.map(named).join(" and ");
  return `${named(source) || "anywhere"}: ${eventOf(eventType)} to ${to}`;
}

const arrowsFrom = (node: AnyStateNode): readonly AnyTransitionDefinition[] => [
  ...[...node.transitions.values()].flat(),
  ...(node.always ?? []),
];

/** "open: OUTCOME to resting"; the second such arrow of a state, by another guard, ends in " (2)". */
function arrow(taken: AnyTransitionDefinition): string {
  const name = plainArrow(taken);
  const alike = arrowsFrom(taken.source).filter((one) => plainArrow(one) === name);
  const index = alike.indexOf(taken);
  return index > 0 ? `${name} (${index + 1})` : name;
}

function below(node: AnyStateNode): readonly AnyStateNode[] {
  return Object.values(node.states).flatMap((one: AnyStateNode) => [one, ...below(one)]);
}

export class MachineCover {
  readonly #machines = new Set<unknown>();
  readonly #all = new Set<string>();
  readonly #reached = new Set<string>();

  /** The same specialist, whose machines are known by what they are. */
  over<C, M>(definition: SpecialistDefinition<C, M>): SpecialistDefinition<C, M> {
    const { lifecycle } = definition;
    if (lifecycle === undefined) return definition;
    const known = (view: AgentView, config: C): AnyStateMachine => {
      const machine = lifecycle(view, config);
      this.#learn(machine);
      return machine;
    };
    return { ...definition, lifecycle: known };
  }

  #learn(machine: AnyStateMachine): void {
    if (this.#machines.has(machine)) return;
    this.#machines.add(machine);
    const nodes = below(machine.root);
    // A history stands for the state that it leads to: nobody is ever in it.
    const states = nodes.filter(({ type }) => type !== "history");
    for (const node of states) this.#all.add(named(node));
    for (const node of [machine.root, ...nodes]) {
      for (const one of arrowsFrom(node)) this.#all.add(arrow(one));
    }
  }

  readonly inspect = (given: InspectionEvent): void => {
    const { logic } = given.actorRef as { readonly logic?: unknown };
    if (!this.#machines.has(logic)) return;
    if (given.type !== "@xstate.snapshot" && given.type !== "@xstate.microstep") return;
    const { value } = given.snapshot as { readonly value?: Parameters<typeof pathsOf>[0] };
    for (const path of value === undefined ? [] : pathsOf(value)) this.#reached.add(path);
    if (given.type !== "@xstate.microstep") return;
    for (const taken of given._transitions) this.#reached.add(arrow(taken));
  };

  /** @throws ConformanceError that names all that was not reached and is not said to be so, and the reverse. */
  judge(unreached: readonly string[]): void {
    const quoted = (names: readonly string[]): string => names.map((one) => `"${one}"`).join(", ");
    const left = [...this.#all].filter((one) => !this.#reached.has(one));
    const missing = left.filter((one) => !unreached.includes(one));
    demand(
      missing.length === 0,
      `no run of the suite reached ${quoted(missing)} of its own machine: give the suite a ` +
        "config or a view that does, or name them in `unreached` and test them by hand",
    );
    const off = "take it off `unreached`";
    const unknown = unreached.filter((one) => !this.#all.has(one));
    demand(unknown.length === 0, `its machine has no ${quoted(unknown)}: ${off}`);
    const stale = unreached.filter((one) => this.#reached.has(one));
    demand(stale.length === 0, `the suite reached ${quoted(stale)}: ${off}`);
  }
}
