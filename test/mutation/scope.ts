/** What a limit is: the places where the law refuses, caps, or acts by a threshold. */
import type { Mutant } from "./mutants.ts";

/** Files of src/fleet that hold limits: each of their thresholds must be killed, or be excused. */
const LIMIT_FILES: ReadonlySet<string> = new Set(
  [
    ...["admission", "adl-defence", "agent-duties", "calendar", "calls", "checks", "duties"],
    ...["floors", "governance", "hedges", "margins", "order-limits", "orders", "reservations"],
    ...["zones"],
  ].map((name) => `src/fleet/${name}.ts`),
);

/** Changes by which a limit goes: it never or always refuses, its bound or its cap moves or is gone. */
const THRESHOLDS = ["refusal", "check left out", "comparison", "boundary", "cap"];

/** A threshold in one of those files, or a read of a parameter anywhere in the law. */
export const isLimit = ({ file, kind }: Mutant): boolean =>
  kind.startsWith("parameter") ||
  (LIMIT_FILES.has(file) && THRESHOLDS.some((threshold) => kind.startsWith(threshold)));
