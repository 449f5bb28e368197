/** The hashes of the proofs, by Node's own cryptography. */
import { createHash, createHmac } from "node:crypto";
import type { Hashes } from "../../protocol/fair.ts";

export const nodeHashes: Hashes = {
  sha256: (text) => createHash("sha256").update(text, "utf8").digest("hex"),
  hmacSha256: (key, message) => createHmac("sha256", key).update(message, "utf8").digest("hex"),
};
