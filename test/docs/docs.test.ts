/** The published pages of the wire are made from the program, and their examples are what it takes. */
import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { isAsset, isId, isName } from "../../src/core/ids.ts";
import { AGENT_COMMANDS, OPERATOR_COMMANDS } from "../../src/protocol/commands.ts";
import * as fields from "../../src/protocol/fields.ts";
import { asyncApi } from "./asyncapi.ts";
import { type Message, type Messages, readMessages } from "./messages.ts";
import { subjectsPage } from "./subjects-page.ts";
import { ROOT, type Schema } from "./type-schema.ts";

let messages: Messages;
beforeAll(() => {
  messages = readMessages();
});

/** Compares with what is in the repository, or writes it there when asked to. */
async function kept(page: string, made: string): Promise<void> {
  const path = `${ROOT}docs/${page}`;
  if (process.env["UPDATE_DOCS"] === "1") await writeFile(path, made);
  const there = await readFile(path, "utf8").catch(() => "");
  expect(there === made, `docs/${page} is of this program; if not: npm run docs`).toBe(true);
}

/** Patterns are of Unicode by the standard; this reader takes them otherwise, so some are left out. */
const readable = (schema: Schema): z.core.JSONSchema.JSONSchema =>
  JSON.parse(
    JSON.stringify(schema, (key, value) =>
      key === "pattern" && String(value).includes("\\p{") ? undefined : value,
    ),
  );

const faultOf = (schema: Schema, value: unknown): string => {
  const read = z.fromJSONSchema(readable(schema)).safeParse(value);
  return read.success ? "" : z.prettifyError(read.error);
};

describe("the pages", () => {
  test("DOC-001: the AsyncAPI document is the one that this program makes", async () => {
    await kept("asyncapi.json", `${JSON.stringify(asyncApi(messages), undefined, 1)}\n`);
  });

  test("DOC-002: the page of subjects is the one that this program makes", async () => {
    await kept("subjects.md", subjectsPage(messages));
  });

  test("DOC-003: a field more in a command changes both", () => {
    const [first, ...rest] = messages.commands as readonly [Message, ...Message[]];
    const properties = { ...(first.schema["properties"] as object), more: { type: "string" } };
    const changed = { ...first, schema: { ...first.schema, properties } };
    const more: Messages = { ...messages, commands: [changed, ...rest] };
    expect(subjectsPage(more)).not.toBe(subjectsPage(messages));
    expect(JSON.stringify(asyncApi(more))).not.toBe(JSON.stringify(asyncApi(messages)));
  });

  test("DOC-004: every reference of the document leads somewhere in it", () => {
    const document = asyncApi(messages);
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)];
    expect(references.length).toBeGreaterThan(100);
    for (const [, path = ""] of references) {
      const found = path
        .split("/")
        .reduce<unknown>((at, key) => Reflect.get(Object(at), key), document);
      expect(found, path).toBeDefined();
    }
  });
});

describe("the examples", () => {
  test.each(Object.keys(AGENT_COMMANDS))("DOC-010: the example of %s is such a command", (name) => {
    const example = messages.commands.find((each) => each.name === name);
    const schema: z.ZodType = AGENT_COMMANDS[name as keyof typeof AGENT_COMMANDS];
    expect(schema.safeParse(example?.example).error?.issues ?? []).toEqual([]);
    expect(faultOf(example?.schema ?? {}, example?.example)).toBe("");
  });

  test.each(Object.keys(OPERATOR_COMMANDS))(
    "DOC-011: the example of %s is such a command",
    (name) => {
      const example = messages.operator.find((each) => each.name === name);
      const schema: z.ZodType = OPERATOR_COMMANDS[name as keyof typeof OPERATOR_COMMANDS];
      expect(schema.safeParse(example?.example).error?.issues ?? []).toEqual([]);
      expect(faultOf(example?.schema ?? {}, example?.example)).toBe("");
    },
  );

  test("DOC-012: the events of the demo are by their schemas, most kinds among them", () => {
    const shown = messages.events.filter(({ example }) => example !== undefined);
    const faults = shown.map(({ name, schema, example }) => [name, faultOf(schema, example)]);
    expect(faults.filter(([, fault]) => fault !== "")).toEqual([]);
    expect(shown.length).toBeGreaterThan(25);
  });

  test("DOC-015: what is told of several sources of a price has an example each", () => {
    const of = /^(?:PricesRead|Source(?:Doubted|Quarantined|Believed)|Price(?:Uncertain|Certain))$/;
    const told = messages.events.filter(({ name }) => of.test(name));
    expect(told).toHaveLength(6);
    for (const { name, example } of told) expect(example, name).toMatchObject({ type: name });
  });

  test("DOC-013: replies, views and steady messages of the demo are by their schemas", () => {
    const faults = Object.values(messages.others).map(({ name, schema, example }) => [
      name,
      example === undefined ? "no example" : faultOf(schema, example),
    ]);
    expect(faults.filter(([, fault]) => fault !== "")).toEqual([]);
  });

  test("DOC-014: a schema refuses a field too many, one too few and one of another type", () => {
    const reserve = messages.commands.find(({ name }) => name === "Reserve") as Message;
    const example = reserve.example as Readonly<Record<string, unknown>>;
    expect(faultOf(reserve.schema, { ...example, more: 1 })).not.toBe("");
    expect(faultOf(reserve.schema, { ...example, amount: 1 })).not.toBe("");
    expect(faultOf(reserve.schema, { ...example, amount: "1e9" })).not.toBe("");
    expect(faultOf(reserve.schema, { id: "x" })).not.toBe("");
    const fill = messages.events.find(({ name }) => name === "FillBooked") as Message;
    expect(faultOf(fill.schema, { ...(fill.example as object), price: 7 })).not.toBe("");
    expect(faultOf(fill.schema, { ...(fill.example as object), price: undefined })).not.toBe("");
  });
});

const NAMED = [
  ["agentField", fields.agentField, isName],
  ["marketField", fields.marketField, isName],
  ["assetField", fields.assetField, isAsset],
  ["idField", fields.idField, isId],
] as const;

test.each(NAMED)("DOC-020: always the published pattern of %s is what is taken", (_, field, ok) => {
  const { pattern } = z.toJSONSchema(field, { io: "input" });
  const published = new RegExp(String(pattern));
  const near = fc.string({ unit: fc.constantFrom(..."aZ09-._: /é\n"), maxLength: 70 });
  fc.assert(
    fc.property(near, (text) => {
      expect(published.test(text)).toBe(ok(text));
    }),
  );
});
