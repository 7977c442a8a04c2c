/** What the tests of credential providers have in common. */
import type { CredentialWish, Logger } from "../../gateway/domain/ports.ts";
import type { Subject } from "../../gateway/domain/subject.ts";
import { performance } from "node:perf_hooks";
import { facts, subject, toolCall } from "./builders.ts";

export const realClock = { now: () => Date.now(), monotonic: () => performance.now() };

/** A wish of a call of this caller in this session. */
export function wish(
  changes: Partial<CredentialWish> & { readonly who?: Partial<Subject>; readonly run?: string } = {},
): CredentialWish {
  const { who = {}, run = "s_1", ...rest } = changes;
  return {
    call: toolCall(),
    subject: subject(who),
    session: { ...facts().session, id: run },
    scope: null,
    resource: null,
    ttlS: null,
    task: null,
    callerToken: () => null,
    ...rest,
  };
}

export interface LoggedLine {
  readonly message: string;
  readonly fields: Record<string, unknown>;
}

/** A logger that keeps what it is told. */
export function keepingLogger(): Logger & { readonly lines: LoggedLine[] } {
  const lines: LoggedLine[] = [];
  const keep = (message: string, fields: Record<string, unknown> = {}): void => void lines.push({ message, fields });
  return { lines, debug: keep, info: keep, warn: keep, error: keep };
}
