/** What an agent is told of who refers it. */

export interface ReferredView {
  /** Once registered it is never another. None: absent, none is registered or asked for. */
  readonly referrer?: {
    readonly referrer: string;
    readonly phase: "requested" | "registered";
  };
}
