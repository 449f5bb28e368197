/** The subjects: what is made is read back, and nothing else is taken for it. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { agentId, fleetId, sourceId } from "../../src/core/ids.ts";
import {
  allCommands,
  asAgent,
  beatSubject,
  commandSubject,
  eventSubject,
  feederUser,
  inboxPrefix,
  isOwnInbox,
  opsSubject,
  parseBeat,
  parseCommand,
  parseEvent,
  parseOps,
  parsePrice,
  priceSubject,
  roleUser,
  sourceOfUser,
} from "../../src/wire/subjects.ts";

const name = fc.stringMatching(/^[a-z0-9-]{1,32}$/);
const type = fc.stringMatching(/^[A-Z][A-Za-z0-9]{0,20}$/);
const demo = fleetId("demo");
const trader = agentId("trader");

test("SUB-001: always a command subject is read as what it was made of", () => {
  fc.assert(
    fc.property(name, name, type, (fleet, agent, command) => {
      const subject = commandSubject(fleetId(fleet), agentId(agent), command);
      expect(parseCommand(subject)).toEqual({ fleet, agent, command });
      expect(parseOps(subject)).toBeUndefined();
      expect(parseOps(opsSubject(fleetId(fleet), command))).toEqual({ fleet, command });
      const event = eventSubject(fleetId(fleet), agentId(agent), command);
      expect(parseEvent(event)).toEqual({ fleet, agent, event: command });
      expect(parseBeat(beatSubject(fleetId(fleet), agentId(agent)))).toEqual({ fleet, agent });
      const said = priceSubject(fleetId(fleet), sourceId(agent));
      expect(parsePrice(said)).toEqual({ fleet, source: agent });
      expect([parseBeat(said), parsePrice(subject), parsePrice(`${said}.x`)]).toEqual([
        ...[undefined, undefined, undefined],
      ]);
      expect(sourceOfUser(feederUser(sourceId(agent)))).toBe(agent);
    }),
  );
});

test.each([
  "fleet.demo.cmd.trader",
  "fleet.demo.cmd.trader.Reserve.x",
  "fleet.demo.cmd.*.Reserve",
  "fleet.demo.cmd.>.Reserve",
  "fleet.demo.cmd.Trader.Reserve",
  "fleet.demo.cmd.trader.reserve",
  "fleet.demo.cmd.trader.Reserve\n",
  "fleet.demo.cmd.trader.Reserve ",
  "fleet.demo.cmd..Reserve",
  `fleet.demo.cmd.${"a".repeat(33)}.Reserve`,
  "fleet.demo.evt.trader.Reserve",
  "",
])("SUB-002: %j is no command subject", (subject) => {
  expect(parseCommand(subject)).toBeUndefined();
});

test.each(["*", ">", "Res.erve", "reserve", "", "Re serve", "Reserve\r\nPUB x 0"])(
  "SUB-003: a command named %j makes no subject",
  (command) => {
    expect(() => commandSubject(demo, trader, command)).toThrow(RangeError);
    expect(() => eventSubject(demo, trader, command)).toThrow(RangeError);
    expect(() => opsSubject(demo, command)).toThrow(RangeError);
  },
);

test("SUB-004: only a plain subject below the caller's own inbox is its reply", () => {
  expect(isOwnInbox(trader, "_INBOX_trader.abc.1")).toBe(true);
  expect(isOwnInbox(trader, "_INBOX_trader.R1ai4b6nZ7rUX8Bc4fgKrM")).toBe(true);
  for (const reply of [
    "",
    "_INBOX_trader",
    "_INBOX_trader.",
    "_INBOX_trader.*",
    "_INBOX_trader.>",
    "_INBOX_trader.a.>",
    "_INBOX_trader.a..b",
    "_INBOX_trader2.abc",
    "_INBOX_trader-2.abc",
    "_INBOX_casino.abc",
    "_inbox_trader.abc",
    " _INBOX_trader.abc",
    "_INBOX_trader.a b",
    "_INBOX_trader.a\r\nPUB x",
    "fleet.demo.evt.trader.Forged",
    "$JS.API.STREAM.DELETE.JOURNAL_demo",
    `_INBOX_trader.${"a".repeat(65)}`,
  ]) {
    expect(isOwnInbox(trader, reply), reply).toBe(false);
  }
});

test("SUB-005: no agent can have the inbox of a role, of a person or of the fleet", () => {
  expect(asAgent("operator")).toBeUndefined();
  expect(asAgent("observer")).toBeUndefined();
  expect(asAgent("fleet")).toBeUndefined();
  expect(asAgent(roleUser("journal"))).toBeUndefined();
  expect(asAgent("journal")).toBe("journal");
  expect(inboxPrefix(roleUser("journal"))).not.toBe(inboxPrefix(agentId("journal")));
});

test("SUB-006: all commands of a fleet are one subscription", () => {
  expect(allCommands(demo)).toBe("fleet.demo.cmd.*.*");
});
