/** Every command that an agent or the operator may give, as strict schemas: unknown fields are refused. */
import { z } from "zod";
import {
  agentField,
  amount,
  amountOrZero,
  anyAmount,
  assetField,
  domainField,
  durationField,
  idField,
  leverageField,
  marketField,
  noteField,
  ppmField,
  priceField,
  quantity,
  timeField,
} from "./fields.ts";
import { JOB_KINDS, MARGIN_MODES, MODES, SERVICES, SIDES } from "./words.ts";

/** `id` names the request for ever; `exp` is when it stops being meant (epoch ms). */
const envelope = { id: idField, exp: timeField.optional() };

const service = z.enum(SERVICES);
/** A pending reservation that the new obligation takes the place of. */
const reservation = idField.optional();

/** Commands of agents: `fleet.<f>.cmd.<a>.<Command>`. */
export const AGENT_COMMANDS = {
  /** Holds margin for `ttlMs` unless used or released. */
  Reserve: z.strictObject({
    ...envelope,
    reservation: idField,
    amount,
    service,
    ttlMs: durationField,
  }),
  Release: z.strictObject({ ...envelope, reservation: idField }),
  /** Renews the lease for the agent's lease period. */
  Renew: z.strictObject({ ...envelope }),
  /** `limit` absent: at the market, within the collar. `stop` absent: the policy's distance. */
  PlaceOrder: z.strictObject({
    ...envelope,
    order: idField,
    market: marketField,
    side: z.enum(SIDES),
    qty: quantity,
    limit: priceField.optional(),
    leverage: leverageField.optional(),
    stop: priceField.optional(),
    reduceOnly: z.boolean().optional(),
    note: noteField.optional(),
    reservation,
  }),
  CancelOrder: z.strictObject({ ...envelope, order: idField }),
  MoveStop: z.strictObject({ ...envelope, market: marketField, stop: priceField }),
  PlaceBet: z.strictObject({
    ...envelope,
    bet: idField,
    game: z.string().regex(/^[a-z0-9-]{1,32}$/),
    stake: amount,
    /** The game's own parameters, e.g. {"direction":"over","threshold":50}. */
    params: z
      .record(z.string().max(32), z.union([z.string().max(64), z.number().finite()]))
      .refine((params) => Object.keys(params).length <= 16, { message: "at most 16 parameters" }),
    clientSeed: z.string().regex(/^[A-Za-z0-9._:-]{8,64}$/),
    reservation,
  }),
  /** Asks the casino to reveal its seed and commit to a new one. */
  RotateSeed: z.strictObject({ ...envelope }),
  /** The agent's own check of a bet's proof, for the record. */
  CheckBet: z.strictObject({
    ...envelope,
    bet: idField,
    verified: z.boolean(),
    note: noteField.optional(),
  }),
  /** `pay`: we fund, they deliver. `earn`: we ask them to fund, we deliver. */
  OpenEscrow: z.strictObject({
    ...envelope,
    escrow: idField,
    role: z.enum(["pay", "earn"]),
    counterparty: idField,
    amount,
    timeoutMs: durationField,
    description: noteField,
    referrer: idField.optional(),
    /** Who judges a dispute of it; without one the venue's own does. */
    referee: idField.optional(),
    reservation,
  }),
  /** Names who refers this agent at the escrow service: an agent of the fleet, the fleet or an outsider; once. */
  RegisterReferrer: z.strictObject({ ...envelope, referrer: idField }),
  /** The payee says that it delivered. */
  DeliverEscrow: z.strictObject({ ...envelope, escrow: idField }),
  /** The payer lets the money go. */
  ReleaseEscrow: z.strictObject({ ...envelope, escrow: idField }),
  DisputeEscrow: z.strictObject({ ...envelope, escrow: idField, reason: noteField }),
  OpenLoan: z.strictObject({
    ...envelope,
    loan: idField,
    asset: assetField,
    amount: anyAmount,
    /** Lowest yearly rate, in ppm. */
    minRate: ppmField,
    noticeMs: durationField,
    reservation,
  }),
  RecallLoan: z.strictObject({ ...envelope, loan: idField }),
  /** Asks which names with a word in them may be had; the answer is `DomainsFound`. */
  SearchDomains: z.strictObject({ ...envelope, query: z.string().regex(/^[a-z0-9-]{1,32}$/) }),
  /** Buys a name of the agent's last search, at its price there, and reserves a renewal ahead. */
  RegisterDomain: z.strictObject({ ...envelope, domain: domainField, reservation }),
  /** A year more, out of what was reserved for it. */
  RenewDomain: z.strictObject({ ...envelope, domain: domainField }),
  /** Puts a page on it that earns a little. */
  ParkDomain: z.strictObject({ ...envelope, domain: domainField }),
  /** Offers it to buyers at a price, or at another one. */
  ListDomain: z.strictObject({ ...envelope, domain: domainField, asking: amount }),
  /** Pays another agent out of what is left of the delegation: in the ledger alone, at no fee. */
  PayAgent: z.strictObject({ ...envelope, to: agentField, amount, note: noteField.optional() }),
  /**
   * Closes up to `qty` of its position against the opposite one of an agent that consents too: at the
   * mark, in the ledger alone. Stands for `ttlMs` when nobody does yet. `with` absent: with anybody.
   */
  Settle: z.strictObject({
    ...envelope,
    market: marketField,
    qty: quantity,
    with: agentField.optional(),
    ttlMs: durationField,
  }),
  /** A debt with an outsider that an agreement names: netted and paid at its interval. */
  RecordDue: z.strictObject({
    ...envelope,
    due: idField,
    party: idField,
    direction: z.enum(["pay", "receive"]),
    amount,
    note: noteField.optional(),
    reservation,
  }),
  /**
   * Offers work to the other agents; its pay is held until it ends.
   *
   * `hedge`, of that kind alone: the worker shall stand so much on that side of the market, for `ttlMs`
   * from its delivery, and is paid or pays what the market moves meanwhile. Both hold `cover`, the most
   * that this may come to.
   */
  PostJob: z.strictObject({
    ...envelope,
    job: idField,
    kind: z.enum(JOB_KINDS),
    brief: noteField,
    amount,
    /** To be taken and delivered in, and again to be looked at in. */
    ttlMs: durationField,
    hedge: z
      .strictObject({ market: marketField, side: z.enum(SIDES), qty: quantity, cover: amount })
      .optional(),
  }),
  /** Takes a job of the agent `by`, alone. */
  TakeJob: z.strictObject({ ...envelope, by: agentField, job: idField }),
  DeliverJob: z.strictObject({ ...envelope, by: agentField, job: idField, result: noteField }),
  /** Pays what was delivered. Neither accepted nor rejected in time, it is paid. */
  AcceptJob: z.strictObject({ ...envelope, job: idField }),
  /** Refuses what was delivered, and says why. A hedge is judged by the books alone. */
  RejectJob: z.strictObject({ ...envelope, job: idField, reason: noteField }),
  /** Takes back a job that nobody has taken. */
  CancelJob: z.strictObject({ ...envelope, job: idField }),
  /** The agent's own truth. A question: it is not journaled. */
  View: z.strictObject({ ...envelope }),
} as const;

const delegationTerms = {
  cap: amount,
  services: z.array(service).min(1).max(SERVICES.length),
  maxLeverage: leverageField,
  /** 1 is unwound first. */
  priority: z.number().int().min(1).max(1_000),
  mode: z.enum(MARGIN_MODES),
  /** Loss of the delegation's value at which the agent may only reduce: cap less floor. */
  floor: amountOrZero,
  leaseMs: durationField,
};

/** Commands of the operator: `fleet.<f>.ops.<Command>`. */
export const OPERATOR_COMMANDS = {
  Enrol: z.strictObject({ ...envelope, agent: agentField, note: noteField.optional() }),
  Retire: z.strictObject({ ...envelope, agent: agentField }),
  Deposit: z.strictObject({ ...envelope, asset: assetField, amount: anyAmount }),
  Withdraw: z.strictObject({
    ...envelope,
    asset: assetField,
    amount: anyAmount,
    to: idField,
  }),
  Grant: z.strictObject({ ...envelope, agent: agentField, ...delegationTerms }),
  Raise: z.strictObject({ ...envelope, agent: agentField, cap: amount }),
  Cut: z.strictObject({ ...envelope, agent: agentField, cap: amountOrZero }),
  /**
   * Moves caps between agents by their records, or by the drawdown ladder; cuts hold at once, raises
   * wait. `dryRun`: only tells what would move.
   */
  Reallocate: z.strictObject({
    ...envelope,
    rule: z.enum(["sharpe", "ladder"]).optional(),
    dryRun: z.boolean().optional(),
  }),
  /** Debts with this outsider are netted every `everyMs`, with those of all others of its group. */
  SetAgreement: z.strictObject({
    ...envelope,
    party: idField,
    group: idField.optional(),
    everyMs: durationField,
  }),
  EndAgreement: z.strictObject({ ...envelope, party: idField }),
  /** What one outsider owes another of its group: it takes part in the netting. */
  RecordOutsideDue: z.strictObject({ ...envelope, debtor: idField, creditor: idField, amount }),
  /** What an outsider owed has come as a deposit: the oldest debts first. */
  ReceiveDue: z.strictObject({ ...envelope, party: idField, amount }),
  /** Gives the delegation back within `graceMs`; what is open then is closed for it. */
  Recall: z.strictObject({ ...envelope, agent: agentField, graceMs: durationField }),
  /** Ends it at once: reduce-only and flattened. */
  Revoke: z.strictObject({ ...envelope, agent: agentField }),
  /** `agent` absent: the whole fleet, or with `venue` every order and position at one venue. */
  SetMode: z.strictObject({
    ...envelope,
    agent: agentField.optional(),
    venue: idField.optional(),
    mode: z.enum(MODES),
    reason: noteField,
  }),
  /** The fleet's truth. A question: it is not journaled. */
  Status: z.strictObject({ ...envelope }),
} as const;

export type AgentCommandName = keyof typeof AGENT_COMMANDS;
export type OperatorCommandName = keyof typeof OPERATOR_COMMANDS;

/** What the caller writes: decimal texts, numbers, booleans. */
export type AgentRequest<N extends AgentCommandName> = z.input<(typeof AGENT_COMMANDS)[N]>;
export type OperatorRequest<N extends OperatorCommandName> = z.input<(typeof OPERATOR_COMMANDS)[N]>;
/** What the law reads: branded integers. */
export type AgentBody<N extends AgentCommandName> = z.output<(typeof AGENT_COMMANDS)[N]>;
export type OperatorBody<N extends OperatorCommandName> = z.output<(typeof OPERATOR_COMMANDS)[N]>;

export const isAgentCommand = (name: string): name is AgentCommandName =>
  Object.hasOwn(AGENT_COMMANDS, name);
export const isOperatorCommand = (name: string): name is OperatorCommandName =>
  Object.hasOwn(OPERATOR_COMMANDS, name);
