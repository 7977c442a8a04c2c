/** Tells the process that has started this one the bytes of a new session and of a full one: here nothing of anybody else is collected. */
import { fullSessionBytes, sessionBytes } from "./session.ts";

const sessions = 50;

export interface SessionMemory {
  readonly fresh: number;
  readonly full: number;
}

const memory: SessionMemory = {
  fresh: await sessionBytes({ tickets: [] }, sessions),
  full: await fullSessionBytes(sessions),
};
process.send?.(memory);
