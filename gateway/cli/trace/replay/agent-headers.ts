import { systemIds } from "../../../compose/clock-and-ids.ts";
import type { Clock } from "../../../domain/ports.ts";
import { mintDevToken } from "../../../identify/dev-issuer.ts";
import { makeProof } from "../../../identify/dpop/make-proof.ts";
import { audience, type ReplayGateway } from "./replay-gateway.ts";
import type { Session } from "../read/session-schema.ts";
import { agentRole } from "../read/site-tools.ts";

/** The headers of one POST to this address: the session's token, and the proof of its key. */
export type AgentHeaders = (url: string) => Promise<Record<string, string>>;

const tokenSeconds = 3600;

/**
 * The agent of a session as its gateway knows it: for the session's person, with the task's text, and bound to a key, as
 * policy wants it for sensitive tools. A session that goes on for longer than half of a token's life gets another token.
 */
export function agentHeaders(session: Session, { issuer, key }: ReplayGateway, clock: Clock): AgentHeaders {
  const claims = { ...claimsOf(session), audience, jkt: key.thumbprint, ttl: tokenSeconds };
  const ids = systemIds();
  let [token, until] = ["", -Infinity];
  return async function headers(url) {
    const nowMs = clock.now();
    if (nowMs >= until) [token, until] = [mintDevToken(issuer, claims, nowMs), nowMs + (tokenSeconds / 2) * 1000];
    const request = { method: "POST", url, token, nonce: null };
    const dpop = await makeProof(key, request, { jti: ids.make("p"), nowMs });
    return { authorization: `DPoP ${token}`, dpop };
  };
}

function claimsOf({ id, agent, person, roles, task }: Session) {
  const email = person?.id.includes("@") === true ? { email: person.id } : {};
  const name = person === null || person.name === null ? {} : { name: person.name };
  const others = { ...email, ...name, ...(task === null ? {} : { task_text: task }) };
  const claims = { sub: agent, roles: [agentRole, ...roles], session: id, others };
  return person === null ? claims : { ...claims, actingFor: person.id };
}
