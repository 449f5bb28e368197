/** How the coordinator's process fares: measured, not folded. */
export interface ProcessView {
  /** Hash of journal message `seq` of the fleet's view or a later one. */
  readonly headSeq: number;
  readonly headHash: string;
  /** From a command's arrival to its answer, in ms, over the last ten thousand. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly refusedAtDoor: Readonly<Record<string, number>>;
  /** The last venue report as of which our books and the venue's were equal to the unit; 0 never. */
  readonly booksEqualThrough: number;
  /** The last venue report that was taken. */
  readonly reportsThrough: number;
  /** Market time of the newest mark, epoch ms; 0 before the first. */
  readonly marketAt: number;
  readonly pid: number;
}
