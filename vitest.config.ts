import { defineConfig } from "vitest/config";

/** Suites that start the built program as processes of their own. */
const BUILT = ["test/surface/**/*.test.ts", "test/acceptance/**/*.test.ts"];

export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // The program keeps no state of its own between calls: one load of it serves all files of a worker.
    isolate: false,
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
