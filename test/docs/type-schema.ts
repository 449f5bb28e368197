/** Reads TypeScript types of the protocol and says them as JSON Schema, as they are on the wire. */
import { fileURLToPath } from "node:url";
import ts from "typescript";

export type Schema = Readonly<Record<string, unknown>>;

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const DECIMAL = "^-?(0|[1-9][0-9]*)(\\.[0-9]+)?$";
/** What the brands stand for on the wire, where integers of small units are decimal texts. */
const BRANDS: Readonly<Record<string, Schema>> = {
  Micro: { type: "string", pattern: DECIMAL, description: "USDC" },
  Price: { type: "string", pattern: DECIMAL, description: "USDC for one" },
  Qty: { type: "string", pattern: DECIMAL, description: "Quantity" },
  Units: { type: "string", pattern: DECIMAL, description: "In the asset that is named beside it" },
  Ppm: { type: "integer", description: "Parts per million" },
  Millis: { type: "integer", description: "Epoch milliseconds" },
  EffectName: { type: "string", description: "Name of an effect, for ever" },
};

export class TypeSchemas {
  readonly #checker: ts.TypeChecker;
  readonly #program: ts.Program;

  constructor(files: readonly string[]) {
    const config = ts.readConfigFile(`${ROOT}tsconfig.json`, ts.sys.readFile).config as object;
    const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, ROOT);
    this.#program = ts.createProgram(
      files.map((file) => `${ROOT}${file}`),
      { ...options, types: [] },
    );
    this.#checker = this.#program.getTypeChecker();
  }

  /** An exported type or constant. @throws Error when the file has none of that name. */
  #exported(file: string, name: string): ts.Symbol {
    const source = this.#program.getSourceFile(`${ROOT}${file}`);
    const module = source && this.#checker.getSymbolAtLocation(source);
    const found = module?.exports?.get(ts.escapeLeadingUnderscores(name));
    if (found === undefined) throw new Error(`${file} exports ${name}`);
    return found;
  }

  /** A type as a schema. */
  of(file: string, name: string): Schema {
    return this.#schema(this.#checker.getDeclaredTypeOfSymbol(this.#exported(file, name)));
  }

  /** The members of a union, by their `type`. */
  members(file: string, name: string): ReadonlyMap<string, Schema> {
    const union = this.#checker.getDeclaredTypeOfSymbol(this.#exported(file, name));
    const all = new Map<string, Schema>();
    for (const member of union.isUnion() ? union.types : [union]) {
      const schema = this.#schema(member);
      const { type } = schema["properties"] as { readonly type: Schema };
      const names = "const" in type ? [type["const"]] : (type["enum"] as readonly unknown[]);
      for (const each of names) {
        const properties = { ...(schema["properties"] as object), type: { const: each } };
        all.set(String(each), { ...schema, properties });
      }
    }
    return all;
  }

  /** What is written above each field of a constant object. */
  comments(file: string, name: string): ReadonlyMap<string, string> {
    const symbol = this.#exported(file, name);
    const type = this.#checker.getTypeOfSymbol(symbol);
    return new Map(type.getProperties().map((field) => [field.name, this.#comment(field)]));
  }

  #comment(symbol: ts.Symbol): string {
    const text = ts.displayPartsToString(symbol.getDocumentationComment(this.#checker));
    return text.replace(/\s+/g, " ").trim();
  }

  #schema(type: ts.Type): Schema {
    if (type.isUnion()) return this.#union(type);
    if (type.isStringLiteral() || type.isNumberLiteral()) return { const: type.value };
    if (type.flags & ts.TypeFlags.BooleanLiteral) {
      return { const: this.#checker.typeToString(type) === "true" };
    }
    if (type.flags & ts.TypeFlags.String) return { type: "string" };
    if (type.flags & ts.TypeFlags.Number) return { type: "number" };
    if (type.flags & ts.TypeFlags.BigInt) return { type: "string", pattern: DECIMAL };
    if (type.flags & ts.TypeFlags.Unknown) return {};
    if (type.isIntersection()) {
      const brand = this.#brand(type);
      if (brand !== undefined) return BRANDS[brand] ?? { type: "string" };
    }
    if (this.#checker.isArrayType(type)) {
      const [item] = this.#checker.getTypeArguments(type as ts.TypeReference);
      return { type: "array", items: item === undefined ? {} : this.#schema(item) };
    }
    return this.#object(type);
  }

  #brand(type: ts.IntersectionType): string | undefined {
    if (!type.types.some((each) => each.flags & PRIMITIVE)) return undefined;
    for (const part of type.types) {
      for (const field of part.flags & ts.TypeFlags.Object ? part.getProperties() : []) {
        const value = this.#checker.getTypeOfSymbol(field);
        if (field.name.includes("brand") && value.isStringLiteral()) return value.value;
      }
    }
    return undefined;
  }

  #union(type: ts.UnionType): Schema {
    const present = type.types.filter((each) => !(each.flags & ts.TypeFlags.Undefined));
    const schemas = present.map((each) => this.#schema(each));
    const unique = [...new Map(schemas.map((each) => [JSON.stringify(each), each])).values()];
    const [first] = unique;
    if (unique.length === 1 && first !== undefined) return first;
    if (unique.every((each) => typeof each["const"] === "boolean")) return { type: "boolean" };
    if (unique.every((each) => "const" in each)) {
      return { enum: unique.map((each) => each["const"]) };
    }
    return { anyOf: unique };
  }

  #object(type: ts.Type): Schema {
    const index = type.getStringIndexType();
    const fields = type.getProperties();
    if (fields.length === 0 && index !== undefined) {
      return { type: "object", additionalProperties: this.#schema(index) };
    }
    const properties: Record<string, Schema> = {};
    const required: string[] = [];
    for (const field of fields) {
      const given = this.#checker.getTypeOfSymbol(field);
      const optional = (field.flags & ts.SymbolFlags.Optional) !== 0 || mayBeUndefined(given);
      if (!optional) required.push(field.name);
      // An observer is told the name of an effect; the rest repeats the event.
      const schema = field.name === "effect" ? BRANDS["EffectName"] : this.#schema(given);
      const description = this.#comment(field);
      properties[field.name] = description === "" ? { ...schema } : { ...schema, description };
    }
    return { type: "object", properties, required, additionalProperties: false };
  }
}

const PRIMITIVE = ts.TypeFlags.String | ts.TypeFlags.Number | ts.TypeFlags.BigInt;

const mayBeUndefined = (type: ts.Type): boolean =>
  type.isUnion() && type.types.some((each) => (each.flags & ts.TypeFlags.Undefined) !== 0);
