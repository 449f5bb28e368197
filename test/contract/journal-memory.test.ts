/** The journal in memory keeps the contract. */
import { MemoryStore, memoryJournal } from "../../src/wire/journal-memory.ts";
import { journalContract } from "./journal.ts";

journalContract("memory", async () => {
  const store = new MemoryStore();
  return { open: async () => memoryJournal(store), close: async () => undefined };
});
