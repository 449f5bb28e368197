/** Plants every mutant of a source file at once, each asleep behind a switch: one build for all of them. */
import ts from "typescript";

export interface Mutant {
  readonly id: number;
  readonly file: string;
  readonly line: number;
  /** What kind of change it is. */
  readonly kind: string;
  readonly from: string;
  readonly to: string;
  /** Which of the equal changes of its file it is, from nought: lines move, this seldom does. */
  readonly nth: number;
}

/** One name for a change from run to run, as long as its text stays. */
export const keyOf = ({ file, kind, nth, from, to }: Omit<Mutant, "id" | "line">): string =>
  [file, kind, nth, from, to].join(" | ");

/** The name of the switch in the instrumented text: `$m(id)` is true where mutant `id` is awake. */
const SWITCH = "$m";

const BOUNDARY: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.LessThanToken, "<="],
  [ts.SyntaxKind.LessThanEqualsToken, "<"],
  [ts.SyntaxKind.GreaterThanToken, ">="],
  [ts.SyntaxKind.GreaterThanEqualsToken, ">"],
]);
const OPPOSITE: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.LessThanToken, ">="],
  [ts.SyntaxKind.LessThanEqualsToken, ">"],
  [ts.SyntaxKind.GreaterThanToken, "<="],
  [ts.SyntaxKind.GreaterThanEqualsToken, "<"],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, "!=="],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, "==="],
  [ts.SyntaxKind.PlusToken, "-"],
  [ts.SyntaxKind.MinusToken, "+"],
  [ts.SyntaxKind.AsteriskToken, "/"],
  [ts.SyntaxKind.SlashToken, "*"],
  [ts.SyntaxKind.AmpersandAmpersandToken, "||"],
  [ts.SyntaxKind.BarBarToken, "&&"],
]);

/** Reads of a fleet's rules: `policy.collar`, `rules?.callAt`, `crisisRules(law)?.adl`. */
const RULES = /(^|[.\s(!])(policy|rules|zones|rate|crisisRules\(\w+\))\??$/;
/** Parameters of a market, an asset, a calendar's event or a rung, whatever holds them. */
const PARTS = new Set([
  ...["lot", "tick", "minNotional", "maxNotional", "takerFee", "tiers", "beforeMs", "afterMs"],
  ...["haircut", "lendShare", "drawdown", "keeps", "yellow", "orange", "red"],
]);
const HOLDERS = /(^|[.\s(!])(market|asset|event|step|reached|zones)\??$/;
/** Names, and what is no number. */
const NAMES = new Set(["market", "base", "asset", "venue", "referrer", "markets", "assets"]);
/**
 * What a parameter is taken for: a thousand times as much and more, and nothing. A group of them, such
 * as the zones, is taken so in all its parts; words, lists and switches are taken away.
 */
const HELP = [
  "const $parts = (v, f) => Object.fromEntries(Object.entries(v).map(([k, x]) => [k, f(x)]));",
  'const $loose = (v) => (typeof v === "bigint" ? v * 1000n + 1000n : typeof v === "number" ?',
  'v * 1000 + 1000 : typeof v === "boolean" ? !v : typeof v === "string" ? "none" :',
  'Array.isArray(v) ? [] : typeof v === "object" && v !== null ? $parts(v, $loose) : v);',
  'const $none = (v) => (typeof v === "bigint" ? 0n : typeof v === "number" ? 0 :',
  'Array.isArray(v) ? [] : typeof v === "object" && v !== null ? $parts(v, $none) : undefined);',
].join(" ");

function isParameter(node: ts.Node): node is ts.PropertyAccessExpression {
  if (!ts.isPropertyAccessExpression(node) || NAMES.has(node.name.text)) return false;
  const { parent } = node;
  const goesOn = ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent);
  const called = ts.isCallExpression(parent) && parent.expression === node;
  if ((goesOn && parent.expression === node) || called) return false;
  // Whether it is there at all is asked in comparisons, which are mutants of their own.
  if (ts.isBinaryExpression(parent) && parent.right.getText() === "undefined") return false;
  const holder = node.expression.getText();
  return RULES.test(holder) || (PARTS.has(node.name.text) && HOLDERS.test(holder));
}

/** What answers with a refusal, or with nothing. */
const CHECK = /\b(refuse|gate|atMost|atLeast|tooMany|may[A-Z]\w*|\w+Fault)\(/;
/** What holds a number within its bounds, whatever the numbers are. */
const CAP = /^(Math\.)?(min|max)$/;

interface Change {
  readonly kind: string;
  readonly to: string;
}

function changesOf(node: ts.Node, text: (of: ts.Node) => string): Change[] {
  if (ts.isBinaryExpression(node)) {
    const [a, b] = [text(node.left), text(node.right)];
    const sign = node.operatorToken.kind;
    const out: Change[] = [];
    const near = BOUNDARY.get(sign);
    const far = OPPOSITE.get(sign);
    const compares = near !== undefined || far === "===" || far === "!==";
    const kind = compares ? "comparison" : far === "&&" || far === "||" ? "logic" : "arithmetic";
    if (near !== undefined) out.push({ kind: "boundary", to: `${a} ${near} ${b}` });
    if (far !== undefined) out.push({ kind, to: `${a} ${far} ${b}` });
    if (sign === ts.SyntaxKind.QuestionQuestionToken) {
      const checks = CHECK.test(a);
      out.push({ kind: checks ? "check left out" : "default", to: b });
      if (checks) out.push({ kind: "check left out", to: a });
    }
    return out;
  }
  if (isParameter(node)) {
    return [
      { kind: "parameter loosened", to: `$loose(${text(node)})` },
      { kind: "parameter nought", to: `$none(${text(node)})` },
    ];
  }
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    return [{ kind: "negation", to: text(node.operand) }];
  }
  if (ts.isConditionalExpression(node)) {
    const [a, b] = [text(node.whenTrue), text(node.whenFalse)];
    const refuses = a.startsWith("refuse(") || b.startsWith("refuse(");
    const kind = refuses ? "refusal chosen" : "condition";
    return [a, b].map((to) => ({ kind, to }));
  }
  const args = ts.isCallExpression(node) && CAP.test(text(node.expression)) ? node.arguments : [];
  if (args.length === 2 && !args.some(ts.isSpreadElement)) {
    return args.map((one) => ({ kind: "cap", to: text(one) }));
  }
  if (ts.isNumericLiteral(node) || ts.isBigIntLiteral(node)) {
    return [{ kind: "by one", to: `${text(node)} + ${ts.isBigIntLiteral(node) ? "1n" : "1"}` }];
  }
  if (node.kind === ts.SyntaxKind.TrueKeyword) return [{ kind: "boolean", to: "false" }];
  if (node.kind === ts.SyntaxKind.FalseKeyword) return [{ kind: "boolean", to: "true" }];
  return [];
}

/** What stands for an element that is always there, for the compiler's sake: `list[i] ?? 0`. */
const isFallback = (node: ts.Node): boolean => {
  const { parent } = node;
  return (
    ts.isBinaryExpression(parent) &&
    parent.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken &&
    parent.right === node &&
    ts.isElementAccessExpression(parent.left)
  );
};

/** Literals that are no values: types, names, places in imports, fallbacks of elements. */
function isNoValue(node: ts.Node): boolean {
  const { parent } = node;
  return (
    isFallback(node) ||
    ts.isTypeNode(node) ||
    ts.isLiteralTypeNode(parent) ||
    (ts.isPropertyAssignment(parent) && parent.name === node) ||
    ts.isImportDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node)
  );
}

/** Assertions are bugs' alarms and not limits: what is inside them is left alone. */
const isAssertion = (node: ts.Node): boolean =>
  ts.isCallExpression(node) && /^(assert|must|unreachable)$/.test(node.expression.getText());

function removable(node: ts.Statement): boolean {
  if (!ts.isExpressionStatement(node)) return false;
  return !isAssertion(node.expression);
}

/** Which mutants to plant: those left out cost the run no time. */
export type Wanted = (mutant: Mutant) => boolean;

/** The text with all wanted mutants in it, and what they are; ids count on from `first`. */
export function plant(
  file: string,
  source: string,
  first: number,
  isWanted: Wanted = () => true,
): { readonly text: string; readonly mutants: readonly Mutant[] } {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.ES2023, true);
  const mutants: Mutant[] = [];
  const equal = new Map<string, number>();
  const raw = (node: ts.Node): string => node.getText(tree);
  /** The switch of a mutant; undefined where nobody wants it. */
  const add = (node: ts.Node, kind: string, to: string): string | undefined => {
    const id = first + mutants.length;
    const line = tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
    const one = { id, file, line, kind, from: raw(node), to, nth: 0 };
    const nth = equal.get(keyOf(one)) ?? 0;
    equal.set(keyOf(one), nth + 1);
    const mutant = { ...one, nth };
    if (!isWanted(mutant)) return undefined;
    mutants.push(mutant);
    return `${SWITCH}(${id})`;
  };
  const inside = (node: ts.Node): string => {
    let out = "";
    let at = node.getStart(tree);
    ts.forEachChild(node, (child) => {
      const from = child.getStart(tree);
      out += source.slice(at, from) + emit(child);
      at = child.getEnd();
    });
    return out + source.slice(at, node.getEnd());
  };
  const emit = (node: ts.Node): string => {
    if (isNoValue(node) || isAssertion(node)) return raw(node);
    if (ts.isIfStatement(node)) {
      const off = add(node.expression, "refusal never", "false");
      const on = add(node.expression, "refusal always", "true");
      const never = off === undefined ? "" : `${off} ? false : `;
      const always = on === undefined ? "" : `${on} ? true : `;
      const test = `${never}${always}(${emit(node.expression)})`;
      // In braces: a switch before what follows would take the `else` for its own.
      const other = node.elseStatement === undefined ? "" : ` else { ${emit(node.elseStatement)} }`;
      return `if (${test}) { ${emit(node.thenStatement)} }${other}`;
    }
    if (ts.isStatement(node) && removable(node)) {
      const gone = add(node, "statement removed", "");
      return gone === undefined ? inside(node) : `if (!${gone}) { ${inside(node)} }`;
    }
    const changes = changesOf(node, raw);
    const body = inside(node);
    if (changes.length === 0) return body;
    const awake = changes.flatMap(({ kind, to }) => {
      const on = add(node, kind, to);
      return on === undefined ? [] : [`${on} ? (${to}) : `];
    });
    if (awake.length === 0) return body;
    return `(${awake.join("")}(${body}))`;
  };
  const text = tree.statements.map((statement) => emit(statement)).join("\n");
  return {
    text: `const ${SWITCH} = globalThis.$mutant ?? (() => false);\n${HELP}\n${text}\n`,
    mutants,
  };
}
