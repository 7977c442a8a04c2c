import type { Clock, Holds, SessionLedger } from "../../domain/ports.ts";
import type { Credential } from "../forward/credentials.ts";
import type { CallWindows } from "./limit-calls.ts";

/** What obligations need to be carried out, and where they leave what goes upstream. */
export interface DutyContext {
  readonly holds: Holds;
  readonly sessions: SessionLedger;
  readonly clock: Clock;
  readonly windows: CallWindows;
  readonly credential: (id: string) => Credential | null;
  /** Headers that will go upstream; obligations add to them. */
  readonly headers: string[];
}
