/** An explanation as lines for people. */
import type {
  AgentTold,
  CheckTold,
  DecisionTold,
  Explanation,
  LiquidationTold,
  PlanTold,
} from "../../protocol/explanation.ts";
import type { PublicEvent } from "../../protocol/public.ts";
import type { Paint } from "./io.ts";
import { count, money, plainText, plural, timeOfDay } from "./numbers.ts";
import { sentence } from "./sentences.ts";
import { type Column, table } from "./table.ts";

const row = (name: string, text: string): string => `  ${name.padEnd(11)} ${text}`;
const indented = (lines: readonly string[]): string[] => lines.map((line) => `    ${line}`);

const plainValue = (value: unknown): string =>
  plainText(typeof value === "object" ? JSON.stringify(value) : String(value));

const HIDDEN = new Set(["id", "exp"]);

/** Limits in their order: what was found, what is allowed, what was left. */
function checksTable(checks: readonly CheckTold[], paint: Paint): string[] {
  const columns: readonly Column<CheckTold>[] = [
    {
      title: "",
      cell: ({ passed }) => (passed ? "✓" : "✗"),
      paint: (text, { passed }) => (passed ? paint.green(text) : paint.red(text)),
    },
    { title: "limit", cell: ({ limit }) => limit },
    { title: "found", right: true, cell: ({ value, state }) => plainText(value ?? state) },
    {
      title: "allowed",
      right: true,
      cell: ({ wants, bound }) => (bound === undefined ? "" : `${wants} ${bound}`),
    },
    { title: "left", right: true, cell: ({ slack }) => slack ?? "" },
    { title: "", cell: ({ unit }) => unit ?? "" },
    { title: "about", cell: ({ about }) => about, paint: paint.dim },
  ];
  return checks.length === 0 ? [] : indented(table(columns, checks));
}

const eventLines = (events: readonly object[]): string[] =>
  events.map((event) => {
    const told = event as PublicEvent;
    return `${told.id}  ${timeOfDay(told.time)}  ${told.type.padEnd(16)} ${sentence(told)}`;
  });

function decisionLines(told: DecisionTold, paint: Paint): string[] {
  const { refusal, outcome, asked, numbers, binding, change } = told;
  const fields = Object.entries(asked).filter(([field]) => !HIDDEN.has(field));
  const tone = outcome === "refused" ? paint.red : paint.green;
  const again =
    told.checks.length === 0
      ? "no limits are asked for it"
      : told.reproduced
        ? "asked again of the law as it stood, the answer is the same"
        : paint.yellow("asked again, the answer differs: it was decided by another version");
  return [
    `${paint.bold(`${told.type} of ${told.from}`)}: ${tone(outcome)}, journal ${told.place}, ` +
      `${timeOfDay(told.at)}${told.id === "" ? "" : ` (${told.id})`}`,
    ...(fields.length === 0
      ? []
      : [row("asked", fields.map(([f, value]) => `${f} ${plainValue(value)}`).join(", "))]),
    ...(refusal === undefined
      ? []
      : [
          row("refused", `${refusal.number} ${refusal.code}: ${refusal.message}`),
          ...(refusal.detail === "" ? [] : [row("", plainText(refusal.detail))]),
          row("remedy", refusal.remedy),
        ]),
    ...(told.checks.length === 0 ? [] : [row("limits", "in the order in which they are asked")]),
    ...checksTable(told.checks, paint),
    ...(binding === undefined ? [] : [row("binding", binding.says)]),
    ...(change === undefined ? [] : [row("change", change)]),
    row(
      "decided by",
      Object.entries(numbers)
        .map(([name, value]) => `${name} ${plainText(value)}`)
        .join(", "),
    ),
    row("replayed", again),
    ...(told.events.length === 0 ? [] : [row("brought", ""), ...indented(eventLines(told.events))]),
  ];
}

const waitingLine = ({ steps, expected, atOnce }: NonNullable<PlanTold["waiting"]>): string =>
  `${plural(steps, "step")} for fuller books: ${money(expected)} USDC expected, ` +
  `${money(atOnce)} with all at once`;

const knockOnLine = ({ cost, of, unspared }: NonNullable<PlanTold["knockOn"]>): string =>
  `${of.length === 0 ? "nobody beside it has" : `${of.join(", ")} would have`} to sell, for ` +
  `${money(cost)} USDC; the cheapest plan and what it forces: ${money(unspared)}`;

/** What of a plan waits, and what it does to others. */
function besideLines({ more, waiting, knockOn, unsettled, pacedUntil }: PlanTold): string[] {
  const lines: (readonly [string, string] | undefined)[] = [
    more === 0 ? undefined : ["more", `${plural(more, "step")} with the next plan`],
    waiting && ["waiting", waitingLine(waiting)],
    knockOn && ["others", knockOnLine(knockOn)],
    unsettled === undefined
      ? undefined
      : ["unsettled", `sales forced on others still grew after ${unsettled} rounds: not weighed`],
    pacedUntil === undefined
      ? undefined
      : ["paced", `the rules let more go from ${timeOfDay(pacedUntil)} on`],
  ];
  return lines.flatMap((line) => (line === undefined ? [] : [row(...line)]));
}

function planLines(plan: PlanTold, paint: Paint): string[] {
  const { steps, alternatives, parts, untouched = [], books = [] } = plan;
  const shadow =
    plan.shadowPrice === undefined
      ? ""
      : `; one more USDC of margin would have cost ${plan.shadowPrice} USDC`;
  const others = alternatives
    .map(({ rule, cost, times }) => `${rule} ${money(cost)}${times === "" ? "" : ` (${times}x)`}`)
    .join(", ");
  const spent = Object.entries(parts ?? {})
    .filter(([part, value]) => part !== "total" && Number(value) !== 0)
    .map(([part, value]) => `${part} ${money(value)}`);
  return [
    `${paint.bold("plan")} ${plan.place}, ${timeOfDay(plan.at)}: ${plan.status} by ${plan.by}`,
    row(
      "need",
      `${money(plan.need)} USDC, ${money(plan.underway)} under way; frees ${money(plan.freed)}` +
        `${Number(plan.shortfall) === 0 ? "" : paint.red(`, short ${money(plan.shortfall)}`)}`,
    ),
    row(
      "cost",
      `${money(plan.cost)} USDC${spent.length === 0 ? "" : ` (${spent.join(", ")})`}; ` +
        `no plan under the same rules goes below ${money(plan.lowerBound)}: ` +
        `gap ${plan.gap}${shadow}`,
    ),
    ...(others === "" ? [] : [row("instead", others)]),
    ...steps.map((step) =>
      row(
        step.kind,
        `${step.side} ${count(step.qty)} ${step.market} of ${step.agent}, frees ` +
          `${money(step.frees)} for ${money(step.cost)}: ` +
          `${step.reason}, ${plainText(step.because)}`,
      ),
    ),
    ...books.map((book) =>
      row(
        "book",
        `${book.market} at ${book.mark}: ${money(book.depth)} USDC move it by 1 %, half spread ` +
          `${book.halfSpread}, ${book.permanentShare} of a move stays, fee ${book.takerFee}; ` +
          `${book.own.length === 0 ? "as of every market" : `its own: ${book.own.join(", ")}`}`,
      ),
    ),
    ...besideLines(plan),
    ...(untouched.length === 0
      ? []
      : [row("untouched", untouched.map(({ id, reason }) => `${id} (${reason})`).join(", "))]),
    row(
      "replayed",
      plan.reproduced
        ? "the planner, asked again, takes the same steps"
        : paint.yellow("the planner, asked again, takes other steps: it was another version"),
    ),
  ];
}

function liquidationLines(told: LiquidationTold, paint: Paint): string[] {
  const { outcome, phases, cash, plans } = told;
  return [
    `${paint.bold(`${told.call} of ${told.agent}`)}`,
    ...phases.map(({ place, at, type, facts }) =>
      row(timeOfDay(at), `${type.padEnd(15)} ${place}  ${sentence(facts as PublicEvent)}`),
    ),
    ...cash.map((event) => row("cash", sentence(event as PublicEvent))),
    ...plans.flatMap((plan) => ["", ...planLines(plan, paint)]),
    "",
    row(
      "in the end",
      `${plural(outcome.orders, "order")}, ${plural(outcome.fills, "fill")}, ` +
        `${outcome.crosses} crossed inside: realized ${money(outcome.realized)}, ` +
        `fees ${money(outcome.fees)} USDC`,
    ),
  ];
}

function agentLines(told: AgentTold, paint: Paint): string[] {
  const view = told.view as {
    readonly zone: string;
    readonly mode: string;
    readonly delegation?: {
      readonly phase: string;
      readonly cap: string;
      readonly available: string;
    };
    readonly margin: {
      readonly calls: readonly object[];
      readonly duties: readonly { says: string }[];
    };
  };
  const { delegation, margin } = view;
  const refused = Object.entries(told.refusals).map(([code, many]) => `${code} ${many}`);
  return [
    `${paint.bold(told.agent)}: mode ${view.mode}, zone ${view.zone}`,
    row(
      "delegation",
      delegation === undefined
        ? "none"
        : `${delegation.phase}, ${money(delegation.available)} of ` +
            `${money(delegation.cap)} USDC left`,
    ),
    ...margin.duties.map(({ says }) => row("duty", plainText(says))),
    ...told.services.flatMap(({ service, open, checks }) => [
      row(service, open ? paint.green("may open") : paint.red("may not open")),
      ...checksTable(checks, paint),
    ]),
    row("refusals", refused.length === 0 ? "none" : refused.join(", ")),
    ...told.last.map(({ place, type, outcome }) => row(place, `${type}: ${outcome}`)),
  ];
}

/** The whole of it; `later` is what became of it, `replay` the command that explains it again. */
export function explanationLines(
  told: Explanation,
  later: readonly object[],
  replay: string,
  paint: Paint,
): string[] {
  const lines =
    told.kind === "decision"
      ? decisionLines(told, paint)
      : told.kind === "liquidation"
        ? liquidationLines(told, paint)
        : agentLines(told, paint);
  return [
    ...lines,
    ...(later.length === 0 ? [] : [row("then", ""), ...indented(eventLines(later))]),
    row("again", replay),
  ];
}
