/**
 * Starts the long files first, so that no worker is left alone with one at the end. vitest knows how long
 * each took the time before; a fresh clone has no time before.
 */
import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { LONG_FILES } from "./long-files.ts";

export class LongestFirst extends BaseSequencer {
  /** One project after the other, as the load of a worker serves the files of one. */
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const placeOf = ({ moduleId }: TestSpecification): number => {
      const place = LONG_FILES.indexOf(relative(this.ctx.config.root, moduleId));
      return place < 0 ? LONG_FILES.length : place;
    };
    const projects = [...new Set(sorted.map(({ project }) => project))];
    return projects.flatMap((each) =>
      sorted.filter(({ project }) => project === each).sort((a, b) => placeOf(a) - placeOf(b)),
    );
  }
}
