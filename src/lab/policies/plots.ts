/** Plots as inline SVG: bars, a heat map, lines over time. No script, nothing from elsewhere. */
import type { Outcome } from "./live.ts";
import type { Decider } from "./rules.ts";
import type { RuleSum } from "./sums.ts";

/** Ours stands out, the rest are told apart. */
const COLOURS: Readonly<Record<Decider, string>> = {
  ours: "var(--ours)",
  "smallest-first": "#e4572e",
  "largest-first": "#f3a712",
  "losers-first": "#a23b72",
  "pro-rata": "#3d5a80",
  random: "#8a817c",
  "priority-only": "#6a994e",
  nobody: "#bbb",
};

export const escaped = (text: string): string =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

const n = (value: number): string => value.toFixed(1).replace(/\.0$/, "");

/** 1234567 as 1.23 M. */
export function short(usdc: number): string {
  const size = Math.abs(usdc);
  if (size >= 1e6) return `${(usdc / 1e6).toFixed(2)} M`;
  return size >= 1e3 ? `${(usdc / 1e3).toFixed(0)} k` : usdc.toFixed(0);
}

/** Cost of each rule: what the fills took, and the second round on top of it. */
export function bars(sums: readonly RuleSum[]): string {
  const row = 34;
  const left = 130;
  const wide = 560;
  const most = Math.max(...sums.map(({ cost }) => cost), 1);
  const body = sums.map((sum, i) => {
    const y = i * row + 6;
    const direct = (Math.max(0, sum.cost - Math.max(0, sum.secondRound)) / most) * wide;
    const second = (Math.max(0, sum.secondRound) / most) * wide;
    const colour = COLOURS[sum.rule];
    const ratio = sum.rule === "ours" ? "" : ` · ${sum.ratio.toFixed(2)} × ours`;
    return `<g><text x="${left - 10}" y="${y + 15}" text-anchor="end"
class="${sum.rule === "ours" ? "own" : ""}">${sum.rule}</text>
<rect x="${left}" y="${y}" width="${n(direct)}" height="22" rx="3" fill="${colour}"/>
<rect x="${n(left + direct)}" y="${y}" width="${n(second)}" height="22" rx="3" fill="${colour}"
opacity=".45"/>
<text x="${n(left + direct + second + 8)}" y="${y + 15}">${short(sum.cost)}${ratio}</text></g>`;
  });
  return `<svg viewBox="0 0 ${left + wide + 150} ${sums.length * row + 8}" role="img"
aria-label="cost of each rule">${body.join("")}</svg>`;
}

/** 1 as the page's ground, dearer redder, cheaper greener, by the logarithm. */
function heat(ratio: number): string {
  const depth = Math.min(1, Math.abs(Math.log(ratio)) / Math.log(4));
  const colour = ratio >= 1 ? "228,87,46" : "42,157,143";
  return `rgba(${colour},${(0.08 + 0.8 * depth).toFixed(2)})`;
}

/** Cost over ours by family and rule. */
export function heatMap(
  families: readonly { readonly name: string; readonly sums: readonly RuleSum[] }[],
): string {
  const rules = (families[0]?.sums ?? []).filter(({ rule }) => rule !== "ours");
  const [left, cell, high] = [240, 104, 30];
  const head = rules.map(
    ({ rule }, c) =>
      `<text x="${left + c * cell + cell / 2}" y="16" text-anchor="middle">${rule}</text>`,
  );
  const rows = families.map(({ name, sums }, r) => {
    const y = 26 + r * high;
    const own = sums.find(({ rule }) => rule === "ours")?.cost ?? 0;
    const cells = sums
      .filter(({ rule }) => rule !== "ours")
      .map(({ rule, cost, ratio }, c) => {
        const told = own < 1 ? (cost < 1 ? "–" : "∞") : ratio.toFixed(2);
        const tone = own < 1 ? (cost < 1 ? 1 : 9) : ratio;
        return `<g><title>${escaped(name)}, ${rule}: ${short(cost)} against
${short(own)}</title><rect x="${left + c * cell + 1}" y="${y + 1}" width="${cell - 2}"
height="${high - 2}" rx="4" fill="${heat(tone)}"/><text x="${left + c * cell + cell / 2}"
y="${y + 20}" text-anchor="middle">${told}</text></g>`;
      });
    return `<text x="${left - 12}" y="${y + 20}"
text-anchor="end">${escaped(name)}</text>${cells.join("")}`;
  });
  const size = `${left + rules.length * cell + 4} ${30 + families.length * high}`;
  return `<svg viewBox="0 0 ${size}" role="img" aria-label="cost over ours by crisis and
rule">${head.join("")}${rows.join("")}</svg>`;
}

export interface LinesSpec {
  readonly outcomes: readonly Outcome[];
  readonly of: (outcome: Outcome) => readonly number[];
  readonly steps: readonly string[];
  readonly width: number;
  readonly height: number;
  readonly percent?: boolean;
}

/** One line a rule over the steps of a crisis; dots where ours closed something. */
export function lines(spec: LinesSpec): string {
  const { outcomes, of, steps, width, height } = spec;
  const [left, right, top, bottom] = [54, 8, 8, 22];
  const all = outcomes.flatMap((outcome) => [...of(outcome)]);
  const low = Math.min(...all);
  const high = Math.max(...all, low + 1e-9);
  const x = (step: number): number =>
    left + ((width - left - right) * step) / Math.max(1, steps.length - 1);
  const y = (value: number): number =>
    top + (height - top - bottom) * (1 - (value - low) / (high - low));
  const tell = (value: number): string =>
    spec.percent === true ? `${(value * 100).toFixed(0)} %` : short(value);
  const grid = [0, 0.5, 1].map((part) => {
    const value = low + (high - low) * part;
    return `<line x1="${left}" x2="${width - right}" y1="${n(y(value))}" y2="${n(y(value))}"
class="grid"/><text x="${left - 6}" y="${n(y(value) + 4)}" text-anchor="end"
class="small">${tell(value)}</text>`;
  });
  const drawn = [...outcomes].reverse().map((outcome) => {
    const points = of(outcome).map((value, step) => `${n(x(step))},${n(y(value))}`);
    const own = outcome.rule === "ours";
    const dots = own ? [...new Set(outcome.forced.map(({ step }) => step))] : [];
    return `<polyline points="${points.join(" ")}" fill="none" stroke="${COLOURS[outcome.rule]}"
stroke-width="${own ? 2.6 : 1.3}" stroke-linejoin="round"
opacity="${own ? 1 : 0.8}"><title>${outcome.rule}</title></polyline>${dots
      .map(
        (step) =>
          `<circle cx="${n(x(step))}" cy="${n(y(of(outcome)[step] ?? 0))}" r="3"
fill="${COLOURS.ours}"/>`,
      )
      .join("")}`;
  });
  const ends = `<text x="${left}" y="${height - 5}"
class="small">${escaped(steps[0] ?? "")}</text><text x="${width - right}" y="${height - 5}"
text-anchor="end" class="small">${escaped(steps.at(-1) ?? "")}</text>`;
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="lines over
time">${grid.join("")}${drawn.join("")}${ends}</svg>`;
}

/** Which colour is which rule. */
export const legend = (rules: readonly Decider[]): string =>
  `<p class="legend">${rules
    .map((rule) => `<span><i style="background:${COLOURS[rule]}"></i>${rule}</span>`)
    .join("")}</p>`;
