/** The command line: commands, options, help. What a command does is loaded when it runs. */
import { Command, CommanderError } from "commander";
import { asking } from "./asking.ts";
import type { Does, Work } from "./does.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import type { GlobalOptions, Io } from "./io.ts";

export interface ProgramOptions {
  readonly version: string;
  /** Makes the way out for a command's words; runs the work, and keeps its exit code. */
  readonly run: (options: GlobalOptions, work: (io: Io) => Promise<ExitCode>) => Promise<void>;
}

const EXIT_HELP = `
Exit codes: 0 done, 1 failed, 2 wrong command line or fleet file, 3 refused by the coordinator,
4 the fleet does not run or answer, 5 books or journal do not hold, 130 ended by a second Ctrl-C.
NATS_URL: a broker that runs already. FLOTILLA_HOME: where fleets are kept (.flotilla).
NO_COLOR: no colours.`;

const many = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  value,
];

/** Commands, arguments and options; no file, no socket is touched before one of them runs. */
export function makeProgram({ version, run }: ProgramOptions): Command {
  const program = new Command("flotilla")
    .description("A margin authority for fleets of autonomous agents: one wallet, many agents.")
    .version(version)
    .option("--json", "one JSON object, or one a line, instead of words")
    .option("--home <dir>", "where fleets are kept (default: $FLOTILLA_HOME or .flotilla)")
    .option("--fleet <name>", "which fleet, where there are several")
    .addHelpText("after", EXIT_HELP)
    .showHelpAfterError("(flotilla --help says what there is)")
    .exitOverride();

  const does = (command: Command, work: Work): Command =>
    command.action(async (...given: unknown[]) => {
      const options = command.optsWithGlobals() as GlobalOptions;
      const args = given.slice(0, -2) as string[];
      await run(options, (io) => work(io, args, options as never));
    });

  running(program, does);
  looking(program, does);
  operating(program, does);
  feeding(program, does);
  delegating(program, does);
  agreeing(program, does);
  proving(program, does);
  asking(program, does);
  setting(program, does);
  making(program, does);
  return program;
}

function running(program: Command, does: Does): void {
  const up = program
    .command("up [file]")
    .description("start a whole fleet and tell what it does")
    .option("--demo", "the fleet file that comes along: paper money, real prices")
    .option("--crisis", "the demo as the market falls: calls, duties, plans, within a minute")
    .option("--tour", "every policy of a crisis at work, act by act, in simulated time")
    .option("--for <span>", "end by itself after 30s, 5m, 2h …")
    .option("--speed <n>", "market seconds in one second")
    .option("--data <dir>", "market data of your own (CSV) instead of the tape")
    .option("--log-level <level>", "debug, info, warn or error, for the log files");
  does(up, async (io, [file], options) => (await import("./up.ts")).runUp(io, file, options));
}

function looking(program: Command, does: Does): void {
  const status = program.command("status").description("the fleet's state, books and results");
  does(status, async (io, _, options) => (await import("./looking.ts")).runStatus(io, options));

  const agents = program
    .command("agents")
    .description("the agents: delegation, mode, use, results");
  does(agents, async (io, _, options) => (await import("./looking.ts")).runAgents(io, options));

  const hooks = program.command("webhooks").description("how each webhook has fared");
  does(hooks, async (io, _, options) => (await import("./webhooks.ts")).runWebhooks(io, options));

  const watch = program
    .command("watch")
    .description("events as they come, in words")
    .option("--agent <name>", "only of this agent; may be repeated", many)
    .option(
      "--type <type>",
      "only of this type, Order* for all that begin so; may be repeated",
      many,
    )
    .option("--since <when>", "first what is kept since: 10m, a journal message, or start")
    .option("--all", "the machinery's routine too");
  does(watch, async (io, _, options) => (await import("./looking.ts")).runWatch(io, options));
}

function operating(program: Command, does: Does): void {
  const modes = {
    halt: "nothing new, open orders cancelled, for an agent or the whole fleet",
    reduce: "only what lowers risk",
    resume: "normal work again",
    flatten: "close every position at the market",
  } as const;
  for (const verb of ["halt", "reduce", "resume", "flatten"] as const) {
    const command = program
      .command(`${verb} [agent]`)
      .description(modes[verb])
      .option("--reason <text>", "kept in the journal")
      .option("--venue <name>", "of the whole fleet, only what is at this venue");
    if (verb === "resume" || verb === "flatten") command.option("--yes", "do not ask");
    does(command, async (io, [agent], options) =>
      (await import("./operate.ts")).runMode(io, verb, agent, options),
    );
  }
  const reallocate = program
    .command("reallocate")
    .description("move caps between agents by their records: cuts now, raises after their delay")
    .option("--dry-run", "only tell what would move")
    .option("--ladder", "by the drawdown ladder instead");
  does(reallocate, async (io, _, options) =>
    (await import("./operate.ts")).runReallocate(io, options),
  );
  const deposit = program
    .command("deposit <amount> <asset>")
    .description("ask the platform for a deposit into the wallet");
  does(deposit, async (io, [amount = "", asset = ""], options) =>
    (await import("./operate.ts")).runDeposit(io, amount, asset, options),
  );
  const withdraw = program
    .command("withdraw <amount> <asset>")
    .description("send free cover out of the wallet")
    .requiredOption("--to <name>", "where to")
    .option("--yes", "do not ask");
  does(withdraw, async (io, [amount = "", asset = ""], options) =>
    (await import("./operate.ts")).runWithdraw(io, amount, asset, options),
  );
}

function feeding(program: Command, does: Does): void {
  const feed = program
    .command("feed")
    .description('say prices as one source of the fleet: lines of {"market", "price", "at"?}')
    .requiredOption("--source <name>", "as the fleet file names it");
  does(feed, async (io, _, options) => (await import("./feed-prices.ts")).runFeed(io, options));
}

function agreeing(program: Command, does: Does): void {
  const agreement = program
    .command("agreement")
    .description("outsiders whose debts with the fleet are netted");
  const set = agreement
    .command("set <party>")
    .description("net debts with it from now on")
    .requiredOption("--every <span>", "how often: 5m, 1h …")
    .option("--group <name>", "with all others of this group");
  does(set, async (io, [party = ""], options) =>
    (await import("./agreement.ts")).runAgreementSet(io, party, options),
  );
  const end = agreement.command("end <party>").description("where no debts with it are open");
  does(end, async (io, [party = ""], options) =>
    (await import("./agreement.ts")).runAgreementEnd(io, party, options),
  );
  const list = agreement.command("list").description("with whom, how often, and when next");
  does(list, async (io, _, options) => (await import("./agreement.ts")).runAgreements(io, options));
}

function delegating(program: Command, does: Does): void {
  const enrol = program
    .command("enrol <agent>")
    .description("let a new agent in: its name in the books, its key at the broker")
    .option("--note <text>", "who it is");
  does(enrol, async (io, [agent = ""], options) =>
    (await import("./operate.ts")).runEnrol(io, agent, options),
  );
  const grant = program
    .command("grant <agent>")
    .description("lend an agent margin, as a lease that it must renew")
    .requiredOption("--cap <usdc>", "how much at most")
    .requiredOption("--services <list>", "trading,casino,escrow,lending,domains")
    .option("--max-leverage <n>", "such as 3x", "1x")
    .option("--priority <n>", "1 is unwound first", "1")
    .option("--mode <mode>", "isolated or cross", "isolated")
    .option("--floor <usdc>", "may only reduce when the delegation is worth less", "0")
    .option("--lease <span>", "how long one renewal lasts", "60s");
  does(grant, async (io, [agent = ""], options) =>
    (await import("./operate.ts")).runGrant(io, agent, options),
  );
  for (const [verb, type, text] of [
    ["raise", "Raise", "raise an agent's cap, in a bounded step, after a delay"],
    ["cut", "Cut", "cut an agent's cap, at once"],
  ] as const) {
    const command = program.command(`${verb} <agent> <cap>`).description(text);
    does(command, async (io, [agent = "", cap = ""], options) =>
      (await import("./operate.ts")).runCap(io, type, agent, cap, options),
    );
  }
  const recall = program
    .command("recall <agent>")
    .description("ask a delegation back; what is open after the grace is closed")
    .option("--grace <span>", "how long the agent has", "60s");
  does(recall, async (io, [agent = ""], options) =>
    (await import("./operate.ts")).runRecall(io, agent, options),
  );
  const revoke = program
    .command("revoke <agent>")
    .description("end a delegation at once and close what it holds")
    .option("--yes", "do not ask");
  does(revoke, async (io, [agent = ""], options) =>
    (await import("./operate.ts")).runRevoke(io, agent, options),
  );
  const retire = program.command("retire <agent>").description("take an agent out of the books");
  does(retire, async (io, [agent = ""], options) =>
    (await import("./operate.ts")).runRetire(io, agent, options),
  );
}

function proving(program: Command, does: Does): void {
  const journal = program.command("journal").description("the record of every decision");
  does(
    journal.command("verify").description("prove chain and fold, of a running fleet or at rest"),
    async (io, _, options) => (await import("./journal.ts")).runVerify(io, options),
  );
  does(
    journal.command("show <seq>").description("one message, decoded"),
    async (io, [seq = ""], options) => (await import("./journal.ts")).runShow(io, seq, options),
  );
  does(
    journal.command("save <file>").description("the whole journal as one file"),
    async (io, [file = ""], options) => (await import("./journal.ts")).runSave(io, file, options),
  );
  const tail = journal
    .command("tail")
    .description("the last messages")
    .option("-n, --lines <n>", "how many", "20")
    .option("-f, --follow", "and those that come");
  does(tail, async (io, _, options) => (await import("./journal.ts")).runTail(io, options));
}

function setting(program: Command, does: Does): void {
  const config = program.command("config").description("the fleet file");
  const check = config.command("check [file]").description("every fault, with its place");
  check.option("--demo", "the one that comes along");
  does(check, async (io, [file], options) =>
    (await import("./config.ts")).runCheck(io, file, options),
  );
  const show = config.command("show [file]").description("the rules in force");
  show.option("--demo", "the one that comes along");
  does(show, async (io, [file], options) =>
    (await import("./config.ts")).runConfigShow(io, file, options),
  );
  const broker = program.command("broker").description("the NATS server");
  const made = broker
    .command("config [file]")
    .description("a configuration for a broker that you run yourself; makes the keys")
    .option("--demo", "for the fleet that comes along")
    .option("--port <n>", "where it listens", "4222")
    .option("--store <dir>", "where it keeps the journal")
    .option("--nats-version <v>", "of the server, such as 2.11.0");
  does(made, async (io, [file], options) =>
    (await import("./broker.ts")).runBrokerConfig(io, file, options),
  );
}

function making(program: Command, does: Does): void {
  const made = program.command("new").description("begin something of one's own");
  const specialist = made
    .command("specialist <name>")
    .description("a folder with a specialist of one service, and its tests")
    .option("--service <s>", "trading, casino, escrow, lending or domains", "trading")
    .option("--dir <dir>", "where (default: a folder of its name)");
  does(specialist, async (io, [name = ""], options) =>
    (await import("./new-specialist.ts")).runNewSpecialist(io, name, options),
  );
}

/** The exit code of commander's own ways out: help and version are no faults. */
export function exitOf(fault: unknown): ExitCode | undefined {
  if (!(fault instanceof CommanderError)) return undefined;
  return fault.exitCode === 0 ? EXIT.ok : EXIT.usage;
}
