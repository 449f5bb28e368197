/** Rules of webhooks: which addresses, secrets and bodies are taken, by us and by the documented receiver. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { urlFault, type WebhookRule, webhookFaults } from "../../src/runtime/webhook-rules.ts";
import { isGenuine, signatureOf } from "../../src/runtime/webhook-signature.ts";
import { secretOf } from "../../src/runtime/webhooks.ts";

const SECRET = "a secret of the tests";
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "flotilla-webhooks-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const rule = (more: Partial<WebhookRule> = {}): WebhookRule => ({
  ...{ name: "pager", url: "http://127.0.0.1:1/", secretEnv: "S", events: ["Agent*"] },
  ...{ giveUpAfterMs: 60_000, ...more },
});

describe("rules", () => {
  test("WHK-010: plain http is for this machine alone, and nothing hides in an address", () => {
    for (const good of [
      "https://x.org/a?b",
      "http://127.0.0.1:1/",
      "http://localhost/",
      "http://[::1]/",
    ])
      expect([good, urlFault(good)]).toEqual([good, undefined]);
    for (const bad of [
      ...[
        "http://x.org/",
        "http://127.0.0.1.x.org/",
        "ftp://x.org/",
        "x.org",
        "https://a:b@x.org/",
      ],
      ...["https://x.org/#a", "http://0.0.0.0/", "http://10.0.0.1/", "file:///etc/passwd", ""],
    ])
      expect([bad, typeof urlFault(bad)]).toEqual([bad, "string"]);
  });

  test("WHK-011: a file tells every fault of its webhooks", () => {
    const hooks = [rule({ secretFile: "x" }), rule({ url: "http://x.org/" })];
    expect(webhookFaults(hooks).map((fault) => fault.split(":")[0])).toEqual([
      ...["webhooks.0", "webhooks.1.url", "webhooks.1.name"],
    ]);
    expect(webhookFaults([rule()])).toEqual([]);
  });

  test("WHK-012: a secret comes of a file or the environment, and is never short", async () => {
    const path = join(dir, "secret");
    await writeFile(path, `${SECRET}\n`);
    const { secretEnv: _, ...bare } = rule();
    expect(await secretOf({ ...bare, secretFile: path }, {})).toBe(SECRET);
    expect(await secretOf(rule(), { S: SECRET })).toBe(SECRET);
    await expect(secretOf(rule(), {})).rejects.toThrow(/variable S/);
    await expect(secretOf(rule(), { S: "short" })).rejects.toThrow(/at least 16/);
  });
});

const body = '{"fleet":"demo"}';
const now = 1_700_000_000_000;
const genuine = {
  ...{ timestamp: "1700000000", body },
  signature: signatureOf(SECRET, 1_700_000_000, body),
};
type Check = (secret: string, given: typeof genuine, at: number) => boolean;

async function documented(): Promise<Check> {
  const page = await readFile(new URL("../../docs/webhooks.md", import.meta.url), "utf8");
  const [, code] = /```js\n([\s\S]*?)```/.exec(page) ?? [];
  const path = join(dir, "verify.mjs");
  await writeFile(path, code ?? "");
  const made = (await import(/* @vite-ignore */ pathToFileURL(path).href)) as {
    isGenuine: (secret: string, headers: object, body: string, now: number) => boolean;
  };
  return (secret, { timestamp, signature, body: bytes }, at) =>
    made.isGenuine(
      secret,
      { "flotilla-timestamp": timestamp, "flotilla-signature": signature },
      bytes,
      at,
    );
}

describe("who receives", () => {
  test.each([
    ["ours", async (): Promise<Check> => isGenuine],
    ["the documented one", documented],
  ] as const)("WHK-020: %s takes what is genuine and nothing else", async (_, made) => {
    const check = await made();
    expect(check(SECRET, genuine, now)).toBe(true);
    expect(check(SECRET, genuine, now + 299_000)).toBe(true);
    expect(check(SECRET, genuine, now + 301_000)).toBe(false);
    expect(check(SECRET, genuine, now - 301_000)).toBe(false);
    expect(check("another secret of it", genuine, now)).toBe(false);
    expect(check(SECRET, { ...genuine, body: `${body} ` }, now)).toBe(false);
    expect(check(SECRET, { ...genuine, timestamp: "1700000001" }, now)).toBe(false);
    expect(check(SECRET, { ...genuine, timestamp: "soon" }, now)).toBe(false);
    expect(check(SECRET, { ...genuine, signature: "" }, now)).toBe(false);
  });

  test("WHK-021: the page's example of a fleet file is one that is taken", async () => {
    const page = await readFile(new URL("../../docs/webhooks.md", import.meta.url), "utf8");
    const [, json] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
    const demo = JSON.parse(
      await readFile(new URL("../../deploy/demo.json", import.meta.url), "utf8"),
    ) as object;
    const { parseFleetFile } = await import("../../src/runtime/fleet-file.ts");
    const path = join(dir, "fleet.json");
    const file = parseFleetFile(path, JSON.stringify({ ...demo, ...JSON.parse(json ?? "") }));
    expect(file.webhooks).toMatchObject([
      { name: "pager", giveUpAfterMs: 3_600_000, secretFile: join(dir, "pager.secret") },
    ]);
  });
});
