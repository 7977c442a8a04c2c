import { decision, evaluated, facts, subject, toolCall } from "../builders.ts";
import type { RunningConsole } from "./start-console.ts";

export interface SampleCall {
  readonly agent: string;
  /** Named by the token; null for a session that only the agent names. */
  readonly session: string | null;
  readonly own?: string;
  readonly decisionId?: string;
  readonly labels?: readonly string[];
  readonly to?: string;
}

const catalog = { ...facts().catalog, destination: ["/to"] };

/** A call that went through the gateway, as the memory of sessions has it. */
export async function sampleCall({ sessions, now }: RunningConsole, call: SampleCall): Promise<void> {
  const who = subject({ id: call.agent, session: call.session });
  const made = toolCall({ declaredSession: call.own ?? null, arguments: call.to === undefined ? {} : { to: call.to } });
  const session = await sessions.fact(who, made, now());
  const known = evaluated({
    decisionId: call.decisionId ?? "d_sample",
    subject: who,
    call: made,
    decision: decision(),
    facts: facts({ session, catalog }),
  });
  const observed = sessions.observe(known, now());
  if (call.labels !== undefined) await sessions.label(known, call.labels);
  await observed.ended("forwarded");
}
