import process from "node:process";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/setup/order.ts";

/** Suites that start the built program as processes of their own. */
const BUILT = [
  "test/surface/**/*.test.ts",
  "test/acceptance/**/*.test.ts",
  "test/lab/processes.test.ts",
];

export default defineConfig({
  test: {
    // Thousands of worlds instead of hundreds, when asked for, take what they take.
    testTimeout: process.env["FLOTILLA_LARGE"] === "1" ? 600_000 : 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // Two workers for two cores: collecting on threads beside them costs more than it saves, and young objects get room.
    execArgv: ["--max-semi-space-size=64", "--single-threaded-gc", "--always-sparkplug"],
    // One load of the program serves all files of a worker. What modules keep are caches: of the tape, of
    // parsed files, of views that were read. A test that changes such a thing must put it back.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    setupFiles: ["test/setup/chance.ts"],
    projects: [
      {
        extends: true,
        test: { name: "rooms", include: ["test/**/*.test.ts"], exclude: BUILT },
      },
      {
        extends: true,
        test: { name: "built", include: BUILT, globalSetup: "test/setup/build.ts" },
      },
    ],
  },
});
