/** Returns whose law is known, from a seed: what measures and alarms are tried on. */
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { normalQuantile } from "../../src/risk/distributions.ts";

/** A source of chance: uniform on (0, 1), standard normal, Student scaled to variance one. */
export interface Chance {
  readonly uniform: () => number;
  readonly normal: () => number;
  readonly student: (df: number) => number;
}

export function chanceOf(seed: number): Chance {
  const random = xoroshiro128plus(seed);
  const uniform = (): number => ((random.next() >>> 0) + 0.5) / 0x1_0000_0000;
  const normal = (): number => normalQuantile(uniform());
  const student = (df: number): number => {
    // Bailey's polar form (1994): one Student from two uniforms, no gamma variate needed.
    for (;;) {
      const u = 2 * uniform() - 1;
      const v = 2 * uniform() - 1;
      const w = u * u + v * v;
      if (w >= 1 || w === 0) continue;
      const t = u * Math.sqrt((df * (w ** (-2 / df) - 1)) / w);
      return t * Math.sqrt((df - 2) / df);
    }
  };
  return { uniform, normal, student };
}

/** GARCH(1,1) returns with Student shocks, after a run-in of 500. */
export function garchReturns(
  seed: number,
  length: number,
  model = { omega: 2e-6, alpha: 0.1, beta: 0.88, df: 5 },
): Float64Array {
  const { student } = chanceOf(seed);
  const out = new Float64Array(length);
  let h = model.omega / (1 - model.alpha - model.beta);
  for (let t = -500; t < length; t++) {
    const r = Math.sqrt(h) * student(model.df);
    if (t >= 0) out[t] = r;
    h = model.omega + model.alpha * r * r + model.beta * h;
  }
  return out;
}
