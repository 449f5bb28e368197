/** The files of a new specialist of one service, to be made into one's own. */
import type { Service } from "../../protocol/words.ts";
import { CASINO } from "./new-specialist-casino.ts";
import { DOMAINS } from "./new-specialist-domains.ts";
import { ESCROW } from "./new-specialist-escrow.ts";
import { LENDING } from "./new-specialist-lending.ts";
import type { Template } from "./new-specialist-template.ts";
import { TRADING } from "./new-specialist-trading.ts";

const TEMPLATES: Readonly<Record<Service, Template>> = {
  trading: TRADING,
  casino: CASINO,
  escrow: ESCROW,
  lending: LENDING,
  domains: DOMAINS,
};

export interface NewSpecialist {
  /** Folder, package and agent: 1 to 32 of a-z, 0-9 and "-". */
  readonly name: string;
  readonly service: Service;
  /** What its package asks npm for: a range, or `file:` and a path. */
  readonly flotilla: string;
  /** The versions that flotilla itself is built and tested with. */
  readonly versions: Readonly<Record<"zod" | "xstate" | "typescript" | "vitest", string>>;
}

const main = (
  name: string,
): string => `/** Runs it against a fleet: its key and the broker's address are all that it has. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { connectFleet, endWhenHung, inspectSteps, runSpecialist } from "flotilla";
import { specialist } from "./specialist.js";

const options = {
  // A fleet on this machine: its home tells where the broker is and holds the keys.
  home: { type: "string", default: "../.flotilla" },
  fleet: { type: "string", default: "demo" },
  agent: { type: "string", default: "${name}" },
  // A fleet elsewhere: the broker's address, and the folder with <agent>.nk.
  url: { type: "string" },
  keys: { type: "string" },
  config: { type: "string", default: "{}" },
  // Prints each step of its machines, a line of JSON each.
  inspect: { type: "boolean", default: false },
  // Ended when it has not come back for so long: then it hears no Ctrl-C. 0: never, for a debugger.
  "hang-ms": { type: "string", default: "30000" },
} as const;

/** What was typed wrong is a word to who typed it and no crash. */
function typed<T>(read: () => T, what = ""): T {
  try {
    return read();
  } catch (fault) {
    console.error(what + (fault instanceof Error ? fault.message : String(fault)));
    process.exit(2);
  }
}

const { values } = typed(() => parseArgs({ options }));
const config: unknown = typed(() => JSON.parse(values.config), "--config: ");
const { home, fleet, agent } = values;
/** Read at each try: a fleet that was started anew may listen elsewhere. */
function brokerUrl(): string {
  if (values.url !== undefined) return values.url;
  try {
    return String(JSON.parse(readFileSync(join(home, fleet, "running.json"), "utf8")).url);
  } catch {
    throw new Error("no fleet " + fleet + " runs in " + home + ": start one, or name its --home");
  }
}

const credentials = values.keys ?? join(home, fleet, "keys");
const link = () => connectFleet({ url: brokerUrl(), fleet, agent, credentials });
// Fields and not JSON: of an error that would be nothing, and here it says where it was thrown.
const say = (fields: object, message: string): void => console.log(message, fields);
const inspect = inspectSteps(Date.now, (step) => console.log(JSON.stringify(step)));
const shown = values.inspect ? { inspect } : {};
const log = { debug: () => undefined, info: say, warn: say, error: say };
// The nonce is of this start alone: its orders are named by it.
const own = { config, link, log, ...shown, seed: 1, nonce: Date.now().toString(36) };
typed(() => endWhenHung({ name: agent, afterMs: Number(values["hang-ms"]) }), "--hang-ms: ");
const running = typed(() => runSpecialist(specialist, own));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => void running.stop());
const ended = await running.done;
console.log(ended.phase, ended.why);
process.exitCode = ended.phase === "failed" ? 1 : 0;
`;

const MACHINE =
  "- `src/lifecycle.ts`: a machine of its own, which the strategy asks where it stands\n";

const readme = (name: string, { does, grant, lifecycle }: Template): string => `# ${name}

A specialist for a Flotilla fleet: it ${does}.
It is an example; nothing says that it earns money.

- \`src/strategy.ts\`: the strategy, pure: view and memory in, intents out
${lifecycle === undefined ? "" : MACHINE}- \`src/config.ts\`: what it can be told
- \`src/main.ts\`: connects with the agent's key and runs it
- \`test/conformance.test.ts\`: what every specialist must live through, and its own tests

\`\`\`sh
npm install && npm test
npx flotilla enrol ${name}
npx flotilla grant ${name} ${grant}
npm start
\`\`\`

\`npm start -- --inspect\` prints each step of its machines, a line of JSON each.

\`enrol\` and \`grant\` are run where the fleet's home (\`.flotilla\`) is. Another fleet:
\`npm start -- --url nats://host:4222 --keys <folder with ${name}.nk> --fleet <name>\`.
`;

const json = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** Every file by its path in the new folder. */
export function filesOf(wanted: NewSpecialist): ReadonlyMap<string, string> {
  const { name, service, flotilla, versions } = wanted;
  const template = TEMPLATES[service];
  const { lifecycle } = template;
  return new Map([
    [
      "package.json",
      json({
        ...{ name, version: "0.1.0", private: true, type: "module" },
        // `flotilla enrol` tells by it what to grant.
        flotilla: { services: [service] },
        scripts: {
          build: "tsc -p tsconfig.json",
          start: "tsc -p tsconfig.json && node dist/main.js",
          test: "tsc -p tsconfig.json && vitest run",
        },
        dependencies: {
          flotilla,
          ...(lifecycle === undefined ? {} : { xstate: versions.xstate }),
          zod: versions.zod,
        },
        devDependencies: {
          "@types/node": "20",
          typescript: versions.typescript,
          vitest: versions.vitest,
        },
      }),
    ],
    [
      "tsconfig.json",
      json({
        compilerOptions: {
          ...{ target: "ES2023", lib: ["ES2023"], types: ["node"], module: "NodeNext" },
          ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: true },
          ...{ rootDir: "src", outDir: "dist" },
        },
        include: ["src"],
      }),
    ],
    [".gitignore", "node_modules\ndist\n"],
    ["README.md", readme(name, template)],
    ["src/config.ts", template.config],
    ["src/strategy.ts", template.strategy],
    ...(lifecycle === undefined ? [] : [["src/lifecycle.ts", lifecycle] as const]),
    ["src/specialist.ts", template.specialist(name)],
    ["src/main.ts", main(name)],
    ["test/conformance.test.ts", template.test],
  ]);
}
