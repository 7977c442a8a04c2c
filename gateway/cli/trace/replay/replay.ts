import { setImmediate as nextTurn } from "node:timers/promises";
import type { Effect } from "../../../domain/decision.ts";
import type { RecordedCall, Session } from "../read/session-schema.ts";
import { type AgentHeaders, agentHeaders } from "./agent-headers.ts";
import { type Oracle, oracleOf } from "./oracle.ts";
import type { ReplayClock } from "./replay-clock.ts";
import type { ReplayGateway } from "./replay-gateway.ts";
import { type ReplayedReason, send } from "./send.ts";

/** What became of one call. */
export interface ReplayedCall {
  readonly recorded: RecordedCall;
  /** The first answer of the policy; an error of the gateway counts as a denial. */
  readonly effect: Effect;
  /** Of the first answer, when it was not to allow; of a withheld answer, why it was. */
  readonly reasons: readonly ReplayedReason[];
  /** How often people were asked. */
  readonly asks: number;
  /** It reached the tool server in the end. */
  readonly reached: boolean;
  /** People let it through. */
  readonly approved: boolean;
  /** It was carried out, and what the tool answered did not reach the agent. */
  readonly withheld: boolean;
}

export interface ReplayedSession {
  readonly session: Session;
  readonly calls: readonly ReplayedCall[];
}

/** Plays the sessions one after the other. `done` is called after each. Stops early when `stop` is aborted. */
export async function replayAll(
  replaying: ReplayGateway,
  sessions: readonly Session[],
  around: { readonly clock: ReplayClock; readonly stop: AbortSignal; readonly done: () => void },
): Promise<ReplayedSession[]> {
  const { clock, stop, done } = around;
  const oracle = oracleOf(replaying.agents);
  const played: ReplayedSession[] = [];
  for (const session of sessions) {
    stop.throwIfAborted();
    clock.nextSession();
    played.push(await replaySession(session, { replaying, oracle, clock }));
    done();
    await nextTurn();
  }
  return played;
}

interface Playing {
  readonly replaying: ReplayGateway;
  readonly oracle: Oracle;
  readonly clock: ReplayClock;
}

const secondsPerCall = 10;
const secondsPerAnswer = 20;

async function replaySession(session: Session, playing: Playing): Promise<ReplayedSession> {
  const { replaying, clock } = playing;
  const headers = agentHeaders(session, replaying, clock);
  const calls: ReplayedCall[] = [];
  for (const call of session.calls) {
    clock.pass(secondsPerCall);
    calls.push(await replayCall(call, headers, playing));
  }
  return { session, calls };
}

/** After so many approvals a call that is still held is taken for one that policy never lets through. */
const mostAsks = 3;

async function replayCall(call: RecordedCall, headers: AgentHeaders, playing: Playing): Promise<ReplayedCall> {
  const { replaying, oracle, clock } = playing;
  const before = replaying.tools.arrived();
  const first = await send(call, headers, replaying);
  let [answer, asks, approved] = [first, 0, false];
  while (answer.approvalId !== null && asks < mostAsks) {
    asks += 1;
    clock.pass(secondsPerAnswer);
    const open = await oracle.decide(answer.approvalId, call.approves);
    if (open !== null || !call.approves) break;
    approved = true;
    answer = await send(call, headers, replaying);
  }
  const reached = replaying.tools.arrived() > before;
  const withheld = reached && answer.effect !== "allow";
  // The refusal of an answer is not one of the call.
  const effect = withheld && asks === 0 ? "allow" : first.effect;
  return { recorded: call, effect, reasons: first.reasons, asks, reached, approved: approved && reached, withheld };
}
