/** Whose debts the fleet nets, as the fleet file says it. */
import { z } from "zod";
import { FLEET } from "../core/ids.ts";
import { durationField, idField } from "../protocol/fields.ts";

export const AGREEMENT_FIELDS = z.strictObject({
  party: idField,
  /** Netted with all others of this group; absent: alone. */
  group: idField.exactOptional(),
  everyMs: durationField,
});
export type AgreementPlan = z.output<typeof AGREEMENT_FIELDS>;

/** What a fleet file may not say of them, each by its place. */
export function agreementFaults(agreements: readonly AgreementPlan[]): readonly string[] {
  const faults: string[] = [];
  const parties = new Set<string>();
  agreements.forEach(({ party }, i) => {
    if (parties.has(party)) faults.push(`agreements.${i}.party: ${party} stands twice`);
    if ((party as string) === FLEET) faults.push(`agreements.${i}.party: ${FLEET} is reserved`);
    parties.add(party);
  });
  return faults;
}
