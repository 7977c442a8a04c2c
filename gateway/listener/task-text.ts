import { type Decision, gatewayDecision } from "../domain/decision.ts";
import { type Outcome, outcome } from "../domain/decision-record.ts";
import { asRefusal, Refusal } from "../domain/errors.ts";
import type { Exchange, RequestContext } from "../domain/exchange.ts";
import type { Clock, KeptTaskText, Revocations, TaskTexts } from "../domain/ports.ts";
import { assertNotRevoked, revocableOf } from "../domain/revocation.ts";
import type { OwnRequest } from "../domain/route.ts";
import { tokenSessionKey } from "../domain/session-key.ts";
import type { Subject } from "../domain/subject.ts";
import {
  assertMayAddTaskText,
  clientKey,
  maxTaskTextBytes,
  type SaidTaskText,
  saidTaskText,
  taskTextBytes,
  type TaskTextRules,
} from "../domain/task-text.ts";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import { writeJson } from "../lib/json-answer.ts";

export interface TaskTextDeps {
  readonly rules: TaskTextRules;
  /** What the client's token must carry besides: a token for calls alone adds nothing. */
  readonly scope: string;
  /** Must be called in the tick of the server's `request` event. @throws Refusal */
  readonly read: (exchange: Exchange) => Promise<OwnRequest>;
  /** @throws Refusal; a 401 carries its challenge */
  readonly identify: (exchange: Exchange) => Subject | Promise<Subject>;
  readonly revocations: Pick<Revocations, "against" | "refresh">;
  readonly texts: Pick<TaskTexts, "extend">;
  readonly clock: Pick<Clock, "now">;
  readonly record: (context: RequestContext, decision: Decision, act: () => Promise<Outcome>) => Promise<Outcome>;
  readonly refuse: (exchange: Exchange, refusal: Refusal) => Outcome;
  /** Records the refusal and answers with it. Never rejects. */
  readonly refuseRecorded: (exchange: Exchange, refusal: Refusal) => Promise<void>;
}

/**
 * POST /sessions/{id}/task-text: a client that is listed adds to the text of the task of the session that tokens of its issuer
 * name so. Recorded before it takes effect, with the digest and the length of the text. Never rejects.
 */
export function taskTextEndpoint(deps: TaskTextDeps): (exchange: Exchange) => Promise<void> {
  const { rules, read, identify, record, refuseRecorded } = deps;
  return async function answer(exchange) {
    const { context } = exchange;
    try {
      const request = await read(exchange);
      const session = sessionIn(request.path);
      if (rules.clients.size === 0) throw new Refusal("task_text_off");
      const subject = (context.subject = await identify(exchange));
      await assertMay(deps, subject, session);
      const said = (context.taskText = textIn(request.document));
      await record(context, allowed, () => extend(deps, exchange, { subject, session, said }));
    } catch (thrown) {
      await refuseRecorded(exchange, asRefusal(thrown));
    }
  };
}

const longestSession = 128;

/** @throws Refusal route_unknown, task_text_invalid */
function sessionIn(path: string): string {
  const named = /^\/sessions\/([^/]+)\/task-text$/.exec(path)?.[1];
  if (named === undefined)
    throw new Refusal("route_unknown", { hint: "of /sessions there is /sessions/{id}/task-text" });
  // The path is canonical, so its escapes are whole.
  const session = decodeURIComponent(named);
  if (session.length <= longestSession && !/\p{C}/u.test(session)) return session;
  throw new Refusal("task_text_invalid", {
    hint: `the session in the path is not a plain text of at most ${longestSession} characters`,
  });
}

/** @throws Refusal task_text_client, task_text_scope, access_revoked, gateway_stopped */
async function assertMay(
  { rules, scope, revocations }: TaskTextDeps,
  subject: Subject,
  session: string,
): Promise<void> {
  assertMayAddTaskText(rules, subject);
  if (!subject.scopes.includes(scope)) throw new Refusal("task_text_scope", { hint: scope });
  await revocations.refresh();
  assertNotRevoked(revocations, revocableOf(subject, session));
}

/** @throws Refusal task_text_invalid */
function textIn(document: OwnRequest["document"]): SaidTaskText {
  if (!isJsonObject(document)) invalid("the body is not a JSON object");
  const { text, ...others } = document;
  // Not by their names: what is refused may be the text itself, and the record has none of it.
  if (Object.keys(others).length > 0) invalid("the body has a member besides /text");
  const said = typeof text === "string" ? saidTaskText(text) : null;
  return said ?? invalid("/text is not a text, or is empty");
}

function invalid(hint: string): never {
  throw new Refusal("task_text_invalid", { hint });
}

/** No policy is asked: who may is in the configuration. */
const allowed = gatewayDecision({
  effect: "allow",
  code: "task_text_added",
  message: "A client that may adds to the text of the task.",
  severity: "low",
  indeterminate: null,
  detail: null,
});

interface Addition {
  readonly subject: Subject;
  readonly session: string;
  readonly said: SaidTaskText;
}

async function extend(
  { texts, clock, refuse }: TaskTextDeps,
  exchange: Exchange,
  { subject, session, said }: Addition,
): Promise<Outcome> {
  try {
    const key = tokenSessionKey(subject.issuer, session);
    const kept = await texts.extend({ key, by: clientKey(subject), text: said.text }, clock.now());
    const headers = { "Sallyport-Decision": exchange.context.decisionId };
    writeJson(exchange.res, { status: 200, headers, body: bodyOf(session, kept) });
    return outcome({ kind: "answered", status: 200 });
  } catch (thrown) {
    return refuse(exchange, asRefusal(thrown));
  }
}

function bodyOf(session: string, { kept, texts, expires }: KeptTaskText): JsonObject {
  return {
    session,
    // Of this text.
    bytes: kept === null ? 0 : Buffer.byteLength(kept.text),
    truncated: kept === null || kept.truncated,
    kept: { texts: texts.length, bytes: taskTextBytes(texts), most: maxTaskTextBytes },
    expires_at: new Date(expires).toISOString(),
  };
}
