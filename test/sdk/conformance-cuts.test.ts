/** A specialist is cut in the middle of a decision and started again: what is found in one, and where it is cut. */
import { expect, test } from "vitest";
import type { AgentView } from "../../src/protocol/views.ts";
import type { Intent } from "../../src/sdk/intent.ts";
import { type Choose, faultsOf, hold, type Probe, probe } from "./conformance-given.ts";

const CUT = /^cut in the middle of a decision/;

/** Does all of it at the looks that its memory, and nothing else, tells it to. */
const atLooks =
  (isTime: (look: number) => boolean, does: (view: AgentView, name: string) => readonly Intent[]) =>
  (...[view, look, { stance, name }]: Parameters<Choose>): ReturnType<Choose> => ({
    intents: stance === "run" && isTime(look) ? does(view, name("x")) : [],
    memory: look + 1,
  });

const first = (look: number): boolean => look === 0;
const escrow = (name: string): Intent => ({
  command: "OpenEscrow",
  body: {
    ...{ escrow: name, role: "pay", counterparty: "out-1", amount: "1", timeoutMs: 60_000 },
    description: "one hour of prices",
  },
});
const buy = (order: string): Intent => ({
  command: "PlaceOrder",
  body: { order, market: "btc-perp", side: "buy", qty: "0.001" },
});
const pay: Intent = { command: "PayAgent", body: { to: "lending", amount: "0.01" } };

const FORGETFUL: readonly (readonly [string, Probe, RegExp])[] = [
  ["pays what it does not remember that it paid", probe(atLooks(first, () => [pay])), /PayAgent/],
  [
    "opens the escrow that is open",
    probe(
      atLooks(first, (_view, name) => [escrow(name)]),
      { service: "escrow" },
    ),
    /OpenEscrow .*out-1/,
  ],
  [
    "buys what it holds",
    probe(
      atLooks(first, (view, name) => (Number(view.delegation?.available) < 100 ? [] : [buy(name)])),
      { service: "trading" },
    ),
    /PlaceOrder .*btc-perp.*buy|it came to hold/,
  ],
];

test.each(FORGETFUL)("CNF-030: the suite finds one that %s", async (_what, definition, fault) => {
  const found = (await faultsOf(definition)).filter((told) => CUT.test(told));
  expect(found).toEqual([expect.stringMatching(/and started again/)]);
  expect(found[0]).toMatch(fault);
});

test("CNF-031: one that finds in the view what it had bought passes", async () => {
  const looks: Choose = (view, look, { stance, name }) => {
    const done = view.positions.length + view.orders.length > 0;
    const may = stance === "run" && !done && Number(view.delegation?.available) >= 100;
    return { intents: may ? [buy(name("o"))] : [], memory: look + 1 };
  };
  const faults = await faultsOf(probe(looks, { service: "trading" }));
  expect(faults.filter((told) => CUT.test(told))).toEqual([]);
});

test("CNF-032: a decision of three intents is cut before the first, after each, and where it is whole", async () => {
  const found = new Set<number>();
  const three: Choose = (view, look, { stance, name }) => {
    const may = stance === "run" && look % 3 === 0 && Number(view.delegation?.available) >= 3;
    const intents = [1, 2, 3].map(() => hold(name("r"), "1"));
    return { intents: may ? intents : [], memory: look + 1 };
  };
  const definition = probe(three, {
    begin: (view) => {
      found.add(view.reservations.length);
      return 1;
    },
  });
  expect(await cutFaults(definition)).toEqual([]);
  expect([...found].toSorted()).toEqual([0, 1, 2, 3]);
});

test("CNF-033: who gives up once it was cut is found", async () => {
  const gives: Choose = (view, look, { stance, name }) => {
    // What a start before it reserved frightens it for ever.
    const gone = look < 0 || (look === 0 && view.reservations.length > 0);
    const may = stance === "run" && !gone && Number(view.delegation?.available) >= 1;
    return { intents: may ? [hold(name("r"), "1")] : [], memory: gone ? -1 : look + 1 };
  };
  expect(await cutFaults(probe(gives))).toEqual([expect.stringMatching(/never did anything/)]);
});

const cutFaults = async (definition: Probe): Promise<readonly string[]> =>
  (await faultsOf(definition)).filter((told) => CUT.test(told));
