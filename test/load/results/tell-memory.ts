/** Sends the bytes of a new session and of a full one to the process that has started this one. */
import { fullSessionBytes, sessionBytes } from "./session.ts";

const sessions = 50;

export interface SessionMemory {
  readonly fresh: number;
  readonly full: number;
}

process.send?.({
  fresh: await sessionBytes({ tickets: [] }, sessions),
  full: await fullSessionBytes(sessions),
} satisfies SessionMemory);
