/** Questions that are answered from the journal: commands that change nothing. */
import type { Command } from "commander";
import type { Does } from "./does.ts";

export function asking(program: Command, does: Does): void {
  const explain = program
    .command("explain <what>")
    .description("why it was decided so: a decision, an order, an agent, a liquidation")
    .option("--journal <file>", 'of "journal save", instead of the fleet\'s broker');
  does(explain, async (io, [what = ""], options) =>
    (await import("./explain.ts")).runExplain(io, what, options),
  );
  const whatIf = program
    .command("what-if")
    .description("what a fall of the market would do to the fleet, forced sales and all")
    .requiredOption(
      "--shock <moves>",
      "such as BTC=-15% or BTC=-15%,ETH=-20%; ALL=-10% for every coin",
    )
    .option("--journal <file>", 'of "journal save", instead of the fleet\'s broker');
  does(whatIf, async (io, _, options) => (await import("./what-if.ts")).runWhatIf(io, options));

  const allocate = program
    .command("allocate")
    .description("which caps would share the risk of the books equally: told, not done")
    .option("--history <file>", "daily closes to replay; those that come along by default")
    .option("--days <n>", "of them, at most", "1000")
    .option("--journal <file>", 'of "journal save", instead of the fleet\'s broker');
  does(allocate, async (io, _, options) =>
    (await import("./allocate.ts")).runAllocate(io, options),
  );
}
