/** Long stories: steps taken without looking at the whole state after each. */
import type { Step, Story } from "./spec.ts";

/** Takes steps as a story does; what they are refused for is not looked at. */
export function hurry(story: Story, ...steps: readonly Step[]): void {
  for (const step of steps) {
    if (typeof step === "function") {
      const made = step(story.state);
      hurry(story, ...(Array.isArray(made) ? (made as readonly Step[]) : [made as Step]));
    } else if ("wait" in step) story.run(step);
    else story.take(step);
  }
}
