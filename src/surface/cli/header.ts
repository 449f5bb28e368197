/** The first page of a run: what runs where, how to watch it, where its things lie. */
import { basename, relative } from "node:path";
import process from "node:process";
import type { RunningFleet } from "../../runtime/fleet.ts";
import { seedFile } from "../../wire/credentials.ts";
import type { Paint } from "./io.ts";
import { count } from "./numbers.ts";

/** What `flotilla up` tells first; in JSON mode as it stands. */
export interface Header {
  readonly fleet: string;
  readonly url: string;
  readonly broker: string;
  readonly durability: string;
  readonly venueUrl: string;
  readonly tape: string;
  readonly speed: number;
  readonly agents: readonly {
    readonly agent: string;
    readonly kind: string;
    readonly cap: string;
  }[];
  /** For a plain NATS client: its key and a command that works as it stands. */
  readonly observerKey: string;
  readonly watchWithNats: string;
  readonly watch: string;
  readonly dir: string;
  readonly logs: string;
  readonly keys: string;
  readonly pids: Readonly<Record<string, number | undefined>>;
}

const near = (path: string): string => {
  const short = relative(process.cwd(), path);
  return short === "" ? "." : short.startsWith("..") ? path : short;
};

/** The command as it was called, so that what is printed can be copied. */
function ownName(argv: readonly string[]): string {
  const script = argv[1] ?? "flotilla";
  return basename(script) === "flotilla" ? "flotilla" : `node ${near(script)}`;
}

const quoted = (text: string): string => (/^[\w./:@=-]+$/.test(text) ? text : `'${text}'`);

/** A command that can be copied: as this one was called, for the same home. */
export function commandText(
  verb: string,
  args: readonly string[],
  home: string | undefined,
  argv: readonly string[],
): string {
  const named = args.map((arg) => quoted(arg.startsWith("/") ? near(arg) : arg));
  const where = home === undefined ? [] : ["--home", quoted(home)];
  return [ownName(argv), verb, ...named, ...where].join(" ");
}

export function headerOf(
  fleet: RunningFleet,
  speed: number,
  home: string | undefined,
  argv: readonly string[],
): Header {
  const { file, layout, url, broker } = fleet;
  const observerKey = seedFile(layout.keys, "observer");
  return {
    fleet: file.fleet,
    url,
    broker: broker === undefined ? "your own" : `nats-server ${broker.facts.version}`,
    durability: fleet.durability,
    venueUrl: fleet.venueUrl,
    tape: fleet.tape,
    speed,
    agents: file.agents.map(({ agent, kind, module, delegation }) => ({
      agent,
      kind: kind ?? module ?? "",
      cap: String(Number(delegation.cap) / 1e6),
    })),
    observerKey,
    watchWithNats:
      `nats -s ${url} --nkey ${quoted(near(observerKey))} ` + `sub 'fleet.${file.fleet}.evt.>'`,
    watch: commandText("watch", [], home, argv),
    dir: layout.dir,
    logs: layout.logs,
    keys: layout.keys,
    pids: fleet.pids(),
  };
}

export function headerLines(header: Header, paint: Paint): string[] {
  const row = (name: string, text: string): string => `  ${paint.bold(name.padEnd(12))} ${text}`;
  const agents = header.agents.map(
    ({ agent, cap, kind }) =>
      `${agent} ${count(cap)}${kind === "" ? " (run by somebody else)" : ""}`,
  );
  const tool = header.watch.replace(/ watch.*$/, "");
  return [
    `${paint.bold(`flotilla · fleet ${header.fleet}`)} · paper money, real prices, ` +
      `${header.speed} market seconds a second`,
    "",
    row("broker", `${header.broker} at ${header.url}, ${header.durability}`),
    row("platform", `paper, at ${header.venueUrl}, replaying ${header.tape}`),
    row("coordinator", "owns the wallet, admits every obligation, keeps the journal"),
    row("agents", `${agents.join(", ")} USDC at most, each a process with its own key`),
    "",
    row("watch", `${header.watch}`),
    row("", header.watchWithNats),
    row("steer", `${tool} status, or agents, halt, reduce, resume … (--help)`),
    row(
      "on disk",
      `${near(header.dir)}: journal in broker/, logs/, keys/ (observer.nk for those who only look)`,
    ),
    row("end", "Ctrl-C: finishes what is under way and says what was saved"),
    "",
  ];
}
