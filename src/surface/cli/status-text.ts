/** The fleet's state for eyes: one line, a page, and a table of its agents. */
import type { AttributionLine, MarginView, TogetherView } from "../../protocol/margin-view.ts";
import type { AgentLine, StatusView } from "../../protocol/views.ts";
import type { Paint } from "./io.ts";
import {
  coinOf,
  count,
  moment,
  money,
  multiple,
  percent,
  plainText,
  plural,
  priceText,
  signedMoney,
  span,
} from "./numbers.ts";
import { bettingLines } from "./status-bets.ts";
import { priceLines } from "./status-prices.ts";
import { type Column, table } from "./table.ts";

const zonePaint = (zone: string, paint: Paint): ((text: string) => string) =>
  zone === "green" ? paint.green : zone === "yellow" ? paint.yellow : paint.red;

const resultOf = (agent: AgentLine): number => Number(agent.realized) + Number(agent.unrealized);

const gainPaint = (value: number, paint: Paint): ((text: string) => string) =>
  value > 0 ? paint.green : value < 0 ? paint.red : (text) => text;

/** One line every few seconds: what the fleet is worth, what is in use, who won and who lost. */
export function statusLine(view: StatusView, paint: Paint): string {
  const marketAt = view.process.marketAt;
  const market = marketAt === 0 ? "no marks yet" : `market ${moment(marketAt).slice(5)}`;
  const zone = zonePaint(view.zone, paint)(view.zone);
  const results = view.agents.map((agent) => {
    const result = resultOf(agent);
    return `${agent.agent} ${gainPaint(result, paint)(signedMoney(result))}`;
  });
  const total = view.agents.reduce((sum, agent) => sum + resultOf(agent), 0);
  return [
    `${paint.dim("──")} ${market}`,
    `collateral ${money(view.collateral)}`,
    `reserved ${money(view.reserved)} = ${percent(view.utilization)} ${zone}`,
    plural(view.positions.length, "position"),
    `P&L ${signedMoney(total)}: ${results.join("  ")}`,
    ...(view.mode === "run" ? [] : [paint.yellow(`mode ${view.mode}`)]),
    ...view.margin.calls.map(({ call, phase }) => paint.red(`${call} ${phase}`)),
  ].join(paint.dim(" · "));
}

const left = (at: number, now: number): string =>
  at === 0 ? "-" : at <= now ? "over" : span(at - now);

export function agentsTable(view: StatusView, paint: Paint): string[] {
  const columns: readonly Column<AgentLine>[] = [
    { title: "agent", cell: (row) => row.agent, paint: (text) => paint.bold(text) },
    { title: "delegation", cell: (row) => row.phase },
    {
      title: "mode",
      cell: (row) => row.mode,
      paint: (text, row) => (row.mode === "run" ? text : paint.yellow(text)),
    },
    { title: "cap", right: true, cell: (row) => money(row.cap) },
    { title: "reserved", right: true, cell: (row) => money(row.reserved) },
    {
      title: "realized",
      right: true,
      cell: (row) => signedMoney(row.realized),
      paint: (text, row) => gainPaint(Number(row.realized), paint)(text),
    },
    {
      title: "unrealized",
      right: true,
      cell: (row) => signedMoney(row.unrealized),
      paint: (text, row) => gainPaint(Number(row.unrealized), paint)(text),
    },
    { title: "positions", right: true, cell: (row) => count(row.positions) },
    { title: "orders", right: true, cell: (row) => count(row.openOrders) },
    { title: "lease left", right: true, cell: (row) => left(row.expiresAt, view.at) },
  ];
  return table(columns, view.agents);
}

/** Kinds of results that have a column of their own; the others are told together. */
const OWN_COLUMN = ["trading", "fees", "funding"] as const;

/** Who brought and cost what; the last row is the wallet's, and every column adds up to it. */
export function attributionTable({ attribution }: StatusView, paint: Paint): string[] {
  const { lines, total, marginRate, wallet, together } = attribution;
  const rows: AttributionLine[] = [...lines, { ...total, agent: "all" }];
  const rest = ({ results }: AttributionLine): number =>
    Object.entries(results).reduce(
      (sum, [kind, amount]) =>
        OWN_COLUMN.some((one) => one === kind) ? sum : sum + Number(amount),
      0,
    );
  const gain = (title: string, of: (row: AttributionLine) => number): Column<AttributionLine> => ({
    ...{ title, right: true, cell: (row) => signedMoney(of(row)) },
    paint: (text, row) => gainPaint(of(row), paint)(text),
  });
  const times = (
    title: string,
    of: (row: AttributionLine) => number | undefined,
  ): Column<AttributionLine> => ({
    ...{ title, right: true },
    cell: (row) => {
      const leverage = of(row);
      return leverage === undefined ? "-" : multiple(leverage);
    },
  });
  const columns: readonly Column<AttributionLine>[] = [
    { title: "results", cell: (row) => row.agent, paint: (text) => paint.bold(text) },
    ...OWN_COLUMN.map((kind) => gain(kind, (row) => Number(row.results[kind] ?? 0))),
    gain("other", rest),
    gain("in coins", (row) => Number(row.coins)),
    gain("unrealized", (row) => Number(row.unrealized)),
    gain("P&L", (row) => Number(row.pnl)),
    gain("7 days", (row) => Number(row.pnlWeek)),
    { title: "margin cost", right: true, cell: (row) => money(row.marginCost) },
    { title: "a day now", right: true, cell: (row) => money(row.marginCostPerDay) },
    times("leverage", (row) => row.leverage),
    times("over time", (row) => row.leverageOverTime),
    {
      title: "of VaR",
      right: true,
      cell: (row) => (row.valueAtRisk === undefined ? "-" : money(row.valueAtRisk)),
    },
  ];
  const said = [
    `USDC owned ${money(wallet.owned)} = ${money(wallet.deposited)} deposited ` +
      `${signedMoney(wallet.results)} results; margin costs ${percent(marginRate, 2)} a year`,
    ...wallet.coins
      .filter(({ results }) => results !== "0")
      .map(({ asset, owned, deposited, results }) => {
        const earned = results.startsWith("-") ? results : `+${results}`;
        return `${asset} owned ${owned} = ${deposited} deposited ${earned} results`;
      }),
    `P&L ${signedMoney(total.pnl)} = ${signedMoney(wallet.results)} USDC results ` +
      `${signedMoney(total.coins)} in coins ${signedMoney(total.unrealized)} unrealized`,
    `margin has cost ${money(wallet.marginCost)}, forgone and not paid: no part of the P&L`,
    togetherLine(together),
  ];
  return [...table(columns, rows), ...said.map((line) => paint.dim(line))];
}

/** How the other services' results have moved with trading's, by the hour. */
function togetherLine(together: readonly TogetherView[]): string {
  const hours = together[0]?.hours ?? 0;
  const measured = together.flatMap(({ service, correlation, low, high }) => {
    if (correlation === undefined) return [];
    const within = low === undefined ? "" : ` (${low.toFixed(2)} to ${high?.toFixed(2)})`;
    return [`${service} ${correlation.toFixed(2)}${within}`];
  });
  const said = measured.length === 0 ? "nothing to say yet" : measured.join(", ");
  return `correlation with trading over ${plural(hours, "hour")}: ${said}`;
}

/** Ratios, open calls and duties in force: a line each, for `flotilla status`. */
function marginLines(margin: MarginView, at: number, paint: Paint): string[] {
  const row = (name: string, text: string): string => `  ${name.padEnd(12)}${text}`;
  const { equityRatio, maintenanceRatio } = margin;
  const held =
    equityRatio === undefined ? "nothing held" : `${percent(equityRatio)} of what is held`;
  const calls = margin.calls.map(({ agent, call, phase, shortfall, deadline }) => {
    const until = phase === "called" ? `, ${left(deadline, at)} left` : "";
    return row(
      "call",
      paint.red(`${call} of ${agent}: ${phase}, short ${money(shortfall)}${until}`),
    );
  });
  return [
    row(
      "margin",
      `equity ${money(margin.equity)}, ${held}; maintenance ${money(margin.maintenance)}, ` +
        `${percent(maintenanceRatio)} of equity`,
    ),
    ...calls,
    ...margin.duties.map(({ duty, agent, says }) =>
      row(
        "duty",
        paint.yellow(`${duty}${agent === "fleet" ? "" : ` of ${agent}`}: ${plainText(says)}`),
      ),
    ),
  ];
}

type Position = StatusView["positions"][number];

function positionsTable(view: StatusView): string[] {
  const columns: readonly Column<Position>[] = [
    { title: "position", cell: (row) => coinOf(row.market) },
    { title: "agent", cell: (row) => row.agent },
    { title: "quantity", right: true, cell: (row) => count(row.qty) },
    { title: "mark", right: true, cell: (row) => priceText(row.mark) },
    { title: "unrealized", right: true, cell: (row) => signedMoney(row.unrealized) },
    { title: "phase", cell: (row) => row.phase },
  ];
  return table(columns, view.positions);
}

/** Who or what is not in run mode, and why. */
const stops = ({ kills = [] }: StatusView, paint: Paint): string[] =>
  kills.map(({ scope, mode, reason }) =>
    paint.yellow(`${scope} is in mode ${mode}: ${plainText(reason)}`),
  );

/** Who no longer renews its lease: hung, gone, or cut off. */
const silent = ({ agents, at }: StatusView, paint: Paint): string[] =>
  agents
    .filter(({ phase }) => phase === "expired")
    .map(({ agent, expiresAt }) => {
      const since = span(Math.max(0, at - expiresAt));
      const text = `its lease was not renewed, ran out ${since} ago, and it may only reduce`;
      return paint.yellow(`${agent} is silent: ${text}`);
    });

/** Rules that are tighter than the fleet file says, for a while. */
const waitingRules = ({ waitingRules: rules = [], at }: StatusView): string[] =>
  rules.map(
    ({ rule, holds, to, effectiveAt }) =>
      `${rule} stays ${plainText(holds) || "none"} for ${left(effectiveAt, at)}, ` +
      `on its way to ${plainText(to) || "none"}`,
  );

/** Which part of the collateral no price moves, and whether the rules ask for more. */
function stableText(
  { stableShare: share, stableShareMin: least }: StatusView,
  paint: Paint,
): string {
  if (share === undefined) return "no collateral";
  const has = `${percent(share)} of the collateral`;
  if (least === undefined) return has;
  const asked = `${has}, ${percent(least)} asked`;
  return share < least ? paint.yellow(asked) : asked;
}

/** The whole status, for `flotilla status`. */
export function statusPage(view: StatusView, paint: Paint): string[] {
  const { process: runs } = view;
  const zone = zonePaint(view.zone, paint)(view.zone);
  const say = (good: boolean, yes: string, no: string): string =>
    good ? paint.green(yes) : paint.red(no);
  const row = (name: string, text: string): string => `  ${name.padEnd(12)}${text}`;
  const market = runs.marketAt === 0 ? "no marks yet" : `${moment(runs.marketAt)} UTC`;
  const wallet = view.wallet
    .map(
      ({ asset, wallet: free, lent }) =>
        `${count(free)} ${asset}${Number(lent) === 0 ? "" : ` (+ ${count(lent)} lent)`}`,
    )
    .join(", ");
  const outstanding =
    view.unresolvedEffects === 0
      ? `${view.outstandingEffects} under way`
      : `${view.outstandingEffects} under way, ${paint.red(`${view.unresolvedEffects} in doubt`)}`;
  return [
    `${paint.bold(`fleet ${view.fleet}`)} · mode ${view.mode} · market time ${market}`,
    row(
      "collateral",
      `${money(view.collateral)} USDC after haircuts; ${money(view.dryPowder)} kept dry`,
    ),
    row(
      "committed",
      `${money(view.committed)} to agents, ${say(view.covered, "covered", "not covered")}`,
    ),
    row("reserved", `${money(view.reserved)}, ${percent(view.utilization)} of collateral: ${zone}`),
    ...stops(view, paint).map((text) => row("held", text)),
    ...silent(view, paint).map((text) => row("silent", text)),
    ...waitingRules(view).map((text) => row("waits", text)),
    ...marginLines(view.margin, view.at, paint),
    row("wallet", wallet),
    row("stablecoins", stableText(view, paint)),
    ...bettingLines(view, paint).map((text) => row("casino", text)),
    ...priceLines(view, paint).map((text) => row("prices", text)),
    row("effects", outstanding),
    row(
      "books",
      `${say(view.conserved, "every asset sums to zero", "an asset does not sum to zero")}; ` +
        say(
          view.booksAgree,
          `equal to the venue's as of report ${runs.booksEqualThrough}`,
          "the venue's differ",
        ),
    ),
    row(
      "decisions",
      `${count(view.turns)} (${count(view.rejections)} refused), ` +
        `p50 ${runs.p50Ms} ms, p99 ${runs.p99Ms} ms`,
    ),
    row("journal", `message ${runs.headSeq}, head ${runs.headHash.slice(0, 16)}`),
    row("leader", `${plainText(view.leader)}, epoch ${view.epoch}, pid ${runs.pid}`),
    "",
    ...agentsTable(view, paint),
    "",
    ...attributionTable(view, paint),
    ...(view.positions.length === 0 ? [] : ["", ...positionsTable(view)]),
  ];
}
