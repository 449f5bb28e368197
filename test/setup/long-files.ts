/** Test files that take ten seconds and more, the longest first. */
export const LONG_FILES = [
  ...[
    "acceptance/sim-hours",
    "lab/seeds",
    "lab/crash-points",
    "acceptance/drill",
    "surface/demo",
    "surface/broker-gone",
  ],
  ...["acceptance/broken-strategies", "surface/new-services", "surface/new-specialist"],
  ...["surface/crisis-demo", "lab/processes", "lab/found", "surface/tour", "risk/drift"],
  ...["sdk/conformance", "surface/strangers", "acceptance/life", "lab/replay"],
  ...["agents/conformance", "surface/library", "liquidation/adl-books", "sdk/conformance-sins"],
  ...["fleet/crisis-always", "agents/evidence"],
].map((name) => `test/${name}.test.ts`);
