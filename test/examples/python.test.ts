/** The parts of the Python example by themselves: its signatures and its bytes. */
import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { expect, test } from "vitest";
import { decode } from "../../src/wire/codec.ts";
import { encode } from "../../src/wire/codec-encode.ts";
import { hasPython, python } from "./python.ts";

const HERE = hasPython();

/** Section 7.1 of RFC 8032, tests 1 to 3: seed, public key, message, signature. */
const RFC_8032 = [
  [
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155" +
      "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  ],
  [
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "72",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" +
      "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  ],
] as const;

const SIGN = `
import ed25519, json, sys
print(json.dumps([[ed25519.public_key(bytes.fromhex(s)).hex(),
                   ed25519.sign(bytes.fromhex(s), bytes.fromhex(m)).hex()]
                  for s, m in json.load(sys.stdin)]))`;

/** PKCS #8 around 32 bytes of seed. */
const keyOf = (seed: Buffer) =>
  createPrivateKey({
    key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]),
    format: "der",
    type: "pkcs8",
  });

test.skipIf(!HERE)("PYX-001: it signs as the RFC's vectors and Node's own cryptography do", () => {
  const own = Array.from({ length: 8 }, (_, i) => {
    const [seed, message] = [Buffer.alloc(32, i * 31 + 1), Buffer.from(`nonce ${i}`)];
    const key = keyOf(seed);
    const spki = createPublicKey(key).export({ format: "der", type: "spki" });
    const signature = sign(null, message, key).toString("hex");
    const raw = spki.subarray(-32).toString("hex");
    return [seed.toString("hex"), raw, message.toString("hex"), signature] as const;
  });
  const cases = [...RFC_8032, ...own];
  const asked = JSON.stringify(cases.map(([seed, , message]) => [seed, message]));
  expect(JSON.parse(python(SIGN, asked))).toEqual(cases.map(([, key, , signed]) => [key, signed]));
});

const VALUES = {
  ...{ none: null, yes: true, no: false, zero: 0, small: 127, byte: 200, more: 70_000 },
  ...{ minus: -5, time: 1_712_923_200_123, half: 0.5, text: "ä → b", long: "x".repeat(300) },
  ...{
    list: [1, "two", [3]],
    many: Array.from({ length: 40 }, (_, i) => i),
    map: { a: { b: [] } },
  },
};

test.skipIf(!HERE)(
  "PYX-002: what it writes is read here as it was meant, and the other way",
  () => {
    const write = "import json, msgpack, sys; print(msgpack.encode(json.load(sys.stdin)).hex())";
    const bytes = Buffer.from(python(write, JSON.stringify(VALUES)).trim(), "hex");
    const read = decode(bytes, { bytesMax: 16_384, depthMax: 16, integers: "number" });
    expect(read).toEqual({ ok: true, value: VALUES });
    const back =
      "import json, msgpack, sys; " + // One line of Python.
      "print(json.dumps(msgpack.decode(bytes.fromhex(sys.stdin.read()))))";
    const hex = Buffer.from(encode(VALUES)).toString("hex");
    expect(JSON.parse(python(back, hex))).toEqual(VALUES);
  },
);

test.skipIf(!HERE)(
  "PYX-003: it refuses bytes that are cut short, go on, or are of a type that is not spoken",
  () => {
    const code = `
import msgpack, sys
for line in sys.stdin.read().split():
    try:
        print("read", msgpack.decode(bytes.fromhex(line)))
    except ValueError as fault:
        print("refused")`;
    const bad = ["a3", "c403000000", "8101", "c0c0", "cb00", "d9ff61"].join("\n");
    expect(python(code, bad).trim().split("\n")).toEqual(Array(6).fill("refused"));
  },
);
