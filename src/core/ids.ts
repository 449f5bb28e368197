/** Names and ids: what may stand in a subject, in a journal and on a screen without escaping. */

declare const brand: unique symbol;
/** A primitive that only its own constructor makes. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

export type FleetId = Brand<string, "FleetId">;
/** The subject token of an agent is its identity. `fleet` and `operator` are reserved. */
export type AgentId = Brand<string, "AgentId">;
/** A market such as `btc-perp`. */
export type MarketId = Brand<string, "MarketId">;
/** An asset such as `USDC`. */
export type AssetId = Brand<string, "AssetId">;
/** Who says prices: a feeder by its subject token, or the venue itself. */
export type SourceId = Brand<string, "SourceId">;
/** What a caller chose to name one request or one obligation by. */
export type Id = Brand<string, "Id">;

const NAME = /^[a-z0-9-]{1,32}$/;
const ASSET = /^[A-Z0-9]{1,16}$/;
const ID = /^[A-Za-z0-9._:-]{1,64}$/;

export const isName = (text: string): boolean => NAME.test(text);
export const isAsset = (text: string): boolean => ASSET.test(text);
export const isId = (text: string): boolean => ID.test(text);

function made<T>(ok: boolean, what: string, text: string): T {
  if (!ok) throw new RangeError(`${what}, was ${JSON.stringify(text.slice(0, 80))}`);
  return text as T;
}

/** @throws RangeError unless the text is 1 to 32 of a-z, 0-9 and "-". */
export const fleetId = (text: string): FleetId =>
  made(isName(text), "a fleet id is 1 to 32 of a-z, 0-9 and -", text);
/** @throws RangeError unless the text is 1 to 32 of a-z, 0-9 and "-". */
export const agentId = (text: string): AgentId =>
  made(isName(text), "an agent id is 1 to 32 of a-z, 0-9 and -", text);
/** @throws RangeError unless the text is 1 to 32 of a-z, 0-9 and "-". */
export const marketId = (text: string): MarketId =>
  made(isName(text), "a market id is 1 to 32 of a-z, 0-9 and -", text);
/** @throws RangeError unless the text is 1 to 32 of a-z, 0-9 and "-". */
export const sourceId = (text: string): SourceId =>
  made(isName(text), "a source of prices is 1 to 32 of a-z, 0-9 and -", text);
/** @throws RangeError unless the text is 1 to 16 of A-Z and 0-9. */
export const assetId = (text: string): AssetId =>
  made(isAsset(text), "an asset is 1 to 16 of A-Z and 0-9", text);
/** @throws RangeError unless the text is 1 to 64 of A-Z, a-z, 0-9, ".", "_", ":" and "-". */
export const id = (text: string): Id =>
  made(isId(text), "an id is 1 to 64 of A-Z a-z 0-9 . _ : -", text);

/** Stands in subjects and events for what concerns the whole fleet. Not an agent. */
export const FLEET = agentId("fleet");
/** Stands for the operator where an agent would stand. Not an agent. */
export const OPERATOR = agentId("operator");
/** The source that the venue's own marks come from. No feeder can have this name. */
export const VENUE = sourceId("venue");
/** The asset the wallet is kept in. */
export const USDC = assetId("USDC");
