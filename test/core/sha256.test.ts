/** The pure hashes: the standards' examples, and the machine's own answers for any text. */
import { createHash, createHmac } from "node:crypto";
import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { hmacSha256, sha256 } from "../../src/core/sha256.ts";

describe("sha256", () => {
  test("SHA-001: the examples of FIPS 180-4 and RFC 4231 come out", () => {
    expect(sha256("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect(sha256("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(hmacSha256("Jefe", "what do ya want for nothing?")).toBe(
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    );
  });

  test("SHA-002: every length around a block and a key's block is the machine's own", () => {
    for (const length of [...Array(140).keys(), 1_000]) {
      const text = "é".repeat(length >> 1) + "x".repeat(length & 1);
      expect(sha256(text)).toBe(createHash("sha256").update(text, "utf8").digest("hex"));
      expect(hmacSha256(text, "m")).toBe(createHmac("sha256", text).update("m").digest("hex"));
    }
  });

  property.prop([fc.string({ unit: "grapheme", maxLength: 200 }), fc.string({ maxLength: 200 })])(
    "SHA-003: always the machine's own, for any key and message",
    (key, message) => {
      const own = createHmac("sha256", Buffer.from(key, "utf8")).update(message, "utf8");
      expect(hmacSha256(key, message)).toBe(own.digest("hex"));
    },
  );
});
