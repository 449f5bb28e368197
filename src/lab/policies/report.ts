/** The policy bench as one page: plots, tables and what they mean, with nothing from elsewhere. */
import type { PolicyBench, Told } from "./bench.ts";
import { BOUNDS } from "./crisis.ts";
import { bars, escaped, heatMap, legend, lines, short } from "./plots.ts";
import { DECIDERS } from "./rules.ts";
import { byFamily, type RuleSum, sumUp } from "./sums.ts";
import { columns, MEANINGS } from "./words.ts";

const STYLE = `
:root{--ground:#fbfaf7;--card:#fff;--ink:#1d2430;--soft:#667085;--line:#e4e1d8;--ours:#0b7a75}
@media (prefers-color-scheme:dark){:root{--ground:#12161c;--card:#1a2029;--ink:#e8eaed;
--soft:#98a2b3;--line:#2b333f;--ours:#2ec4b6}}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);
font:15px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:1160px;margin:0 auto;padding:40px 24px 80px}
h1{font-size:34px;line-height:1.15;margin:0 0 8px;letter-spacing:-.02em}h2{font-size:21px;
margin:44px 0 6px;letter-spacing:-.01em}h3{font-size:14px;margin:0 0 4px}
p{margin:0 0 12px;max-width:78ch}.soft,.small{color:var(--soft)}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:18px 20px;
margin:14px 0}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));gap:14px;
margin:22px 0}
.figures .card{margin:0}.figures b{display:block;font-size:29px;letter-spacing:-.02em;
color:var(--ours)}
.small-multiples{display:grid;grid-template-columns:repeat(auto-fit,minmax(310px,1fr));gap:14px}
.small-multiples .card{margin:0}
svg{width:100%;height:auto;display:block;font:12px system-ui,sans-serif}svg text{fill:var(--ink)}
svg text.small{fill:var(--soft);font-size:11px}svg text.own{font-weight:700;fill:var(--ours)}
svg .grid{stroke:var(--line)}
.legend{display:flex;flex-wrap:wrap;gap:6px 18px;font-size:13px;margin:10px 0 4px}
.legend i{display:inline-block;width:12px;height:12px;border-radius:3px;margin-right:6px;
vertical-align:-1px}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:12px;
font-variant-numeric:tabular-nums}
th,td{padding:6px 4px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th:first-child,td:first-child{text-align:left}th{color:var(--soft);font-weight:600}
tr.own td{color:var(--ours);font-weight:650}td.words{white-space:normal;text-align:left;
min-width:280px}
dt{font-weight:650;margin-top:10px}dd{margin:0;color:var(--soft)}details
summary{cursor:pointer;font-weight:600}
`;

/** A table of header cells and rows. */
const tableOf = (titles: string, rows: readonly string[]): string =>
  `<div class="scroll"><table><thead><tr>${titles}</tr></thead>
<tbody>${rows.join("")}</tbody></table></div>`;
const cells = (...texts: readonly string[]): string =>
  texts.map((text) => `<td>${escaped(text)}</td>`).join("");
const heads = (...texts: readonly string[]): string =>
  texts.map((text) => `<th>${escaped(text)}</th>`).join("");
const words = (text: string): string => `<td class="words">${escaped(text)}</td>`;

function table(sums: readonly RuleSum[]): string {
  const { head, rows } = columns(sums);
  const body = rows.map((row, i) => {
    const own = sums[i]?.rule === "ours" ? ' class="own"' : "";
    return `<tr${own}>${row.map((cell) => `<td>${escaped(cell)}</td>`).join("")}</tr>`;
  });
  const titles = head.map((name) => `<th>${escaped(name)}</th>`).join("");
  return tableOf(titles, body);
}

const figure = (value: string, what: string): string =>
  `<div class="card"><b>${escaped(value)}</b><span class="soft">${escaped(what)}</span></div>`;

function figures(sums: readonly RuleSum[], crises: number): string {
  const others = sums.filter(({ rule }) => rule !== "ours");
  const ratios = others.map(({ ratio }) => ratio);
  const smallest = others.find(({ rule }) => rule === "smallest-first")?.ratio ?? 1;
  const ours = sums.find(({ rule }) => rule === "ours");
  return `<div class="figures">${figure(
    `${smallest.toFixed(2)} ×`,
    "what smallest-first costs, over ours, all crises added up",
  )}${figure(
    `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)} ×`,
    "what the simple rules cost, over ours",
  )}${figure(String(crises), `crises, each lived through under ${DECIDERS.length} rules`)}${figure(
    short(ours?.negative ?? 0),
    "USDC below zero under ours",
  )}</div>`;
}

function curves(told: readonly Told[]): string {
  const cards = told.map(({ crisis, outcomes }) => {
    const plot = lines({
      ...{ outcomes, of: ({ equity }) => equity, steps: crisis.steps },
      ...{ width: 420, height: 190 },
    });
    return `<div class="card"><h3>${escaped(crisis.name)}</h3><p
class="small">${escaped(crisis.story)}</p>${plot}</div>`;
  });
  return `<div class="small-multiples">${cards.join("")}</div>`;
}

/** The first crisis of each family that called somebody. */
function oneEach(told: readonly Told[]): Told[] {
  const seen = new Map<string, Told>();
  for (const one of told) {
    const called = one.outcomes.some(({ calls }) => calls > 0);
    if (called && !seen.has(one.crisis.family)) seen.set(one.crisis.family, one);
  }
  return [...seen.values()];
}

function octoberPart(told: Told | undefined): string {
  if (told === undefined) return "";
  const { crisis, outcomes } = told;
  const plot = (of: (outcome: (typeof outcomes)[number]) => readonly number[], percent: boolean) =>
    lines({ outcomes, of, steps: crisis.steps, width: 1000, height: 250, percent });
  const ours = outcomes.find(({ rule }) => rule === "ours");
  const steps = (ours?.forced ?? []).map((step) => {
    const at = crisis.steps[step.step] ?? "";
    const told = cells(at, step.position, short(step.value), short(step.cost));
    return `<tr>${told}${words(step.because)}</tr>`;
  });
  return `<h2>10 October 2025, with the demo's fleet</h2>
<p>${escaped(crisis.story)}. Bitcoin and ether by samples of Hyperliquid's book every six hours,
the low of 21:20 UTC and all of BNB and XRP by round figures of the press
(deploy/tape/NOTICE).</p>
<div class="card"><h3>Equity of the shared account,
USDC</h3>${plot(({ equity }) => equity, false)}<h3>Margin bound over
equity</h3>${plot(({ utilization }) => utilization, true)}${legend(DECIDERS)}</div>
<div class="card">${table(sumUp(outcomes))}</div>
<div class="card"><details open><summary>Every forced step of ours</summary>
${tableOf(heads("UTC", "position", "USDC", "cost", "why"), steps)}</details></div>`;
}

const METHOD = `A fleet is called when the margin it binds passes ${BOUNDS.call * 100} % of its
equity; the rule decides what is closed until it is
back at ${BOUNDS.target * 100} %. Every rule obeys tiers, isolation and lots, stops at the
target, may not move a market by more than
${BOUNDS.pace} % a step, and sees the books of the moment. Fills pay temporary and lasting
impact, half the spread and a fee; what
lasts moves the price for all, and leveraged outsiders who hold the same sell when it pushes them
beyond their limits
(the cascade simulator, to its fixed point). Where equity no longer covers maintenance
the venue takes the account. Ours leaves out orders that save hardly anything, and where books have
run thin it may leave the dearest of a call to a later step of the grace, if the account would
live through a further move; it expects books to fill again, never prices to come back. The
simple rules close what they close at once.`;

/** The page. The same bench gives the same page. */
export function reportOf(bench: PolicyBench): string {
  const told = [...bench.madeUp, ...bench.real];
  const outcomes = told.flatMap((one) => one.outcomes);
  const sums = sumUp(outcomes);
  const mapOf = (list: readonly Told[]): string =>
    heatMap(
      [...byFamily(list.flatMap((one) => one.outcomes))].map(([name, group]) => ({
        ...{ name, sums: sumUp(group) },
      })),
    );
  const meanings = MEANINGS.map(
    ([word, says]) => `<dt>${escaped(word)}</dt><dd>${escaped(says)}</dd>`,
  );
  const sources = bench.windows.map(({ name, file, coins, everyMs }) => {
    const often = `${(everyMs / 3_600_000).toFixed(1)} h`;
    return `<tr>${cells(name)}${words(file)}${cells(String(coins.length), often)}</tr>`;
  });
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport"
content="width=device-width,initial-scale=1"><title>Liquidation rules, side by
side</title><style>${STYLE}</style></head><body><main>
<h1>Who is closed when the market turns?</h1>
<p class="soft">The same crises under Flotilla's planner and under the six rules in use
elsewhere.</p>
${figures(sums, told.length)}
<h2>What it cost</h2><p>All crises added up, USDC: fills in full colour, the second round
lighter.</p>
<div class="card">${bars(sums)}</div><div class="card">${table(sums)}</div>
<h2>Where</h2><p>Cost over ours. Red is dearer than ours, green is cheaper. Ours is the cheapest
answer to each call, not always to a whole
crisis: what it sells first is not there for the next call.</p>
<div class="card"><h3>Made up</h3>${mapOf(bench.madeUp)}</div><div
class="card"><h3>Real</h3>${mapOf(bench.real)}</div>
${octoberPart(bench.october)}
<h2>Equity over time</h2><p>One crisis of each family; dots where ours closed
something.</p>${legend(DECIDERS)}
${curves(oneEach(told))}
<h2>How to read it</h2><div class="card"><p>${METHOD}</p><dl>${meanings.join("")}</dl></div>
<div class="card"><h3>Real crashes, and what tells them</h3>
${tableOf(heads("crash", "source", "coins", "a quote every"), sources)}<p class="small">Between
quotes prices go in straight lines of their logarithm: what happened inside a day is not in a
daily table.</p></div>
</main></body></html>
`;
}
