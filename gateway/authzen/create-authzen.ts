import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import { outcome, type Outcome } from "../domain/decision-record.ts";
import { type Endpoint, endpointAt, notAllowed } from "../domain/endpoint.ts";
import { asRefusal, Refusal } from "../domain/errors.ts";
import type { Exchange } from "../domain/exchange.ts";
import { assertNotRevoked, revocableOf } from "../domain/revocation.ts";
import type { Subject } from "../domain/subject.ts";
import { type JsonAnswer, published, writeJson } from "../lib/json-answer.ts";
import { refuseRecorded } from "../pipeline/fail-closed.ts";
import { notifyEnds } from "./callbacks.ts";
import type { AuthzenDeps, EnforcementPoint } from "./deps.ts";
import { type Evaluating, evaluation, evaluations, type Release } from "./evaluate.ts";
import { aboutSelf, atCommonPath, isOwn } from "./own-questions.ts";
import { readCancellation } from "./shapes.ts";
import { RecordedRefusal, submit } from "./submit.ts";
import { findTask, statusOf, taskAnswer, taskHandle } from "./task.ts";

export interface Authzen {
  /** Must be called in the tick of the server's `request` event. Never rejects. */
  readonly answer: (exchange: Exchange) => Promise<void>;
  readonly close: () => void;
}

/** AuthZEN 1.0 evaluations and the Access Request and Approval Profile, for other enforcement points. */
export function createAuthzen(deps: AuthzenDeps): Authzen {
  const close = notifyEnds(deps);
  async function answer(exchange: Exchange): Promise<void> {
    echoRequestId(exchange);
    const releases: Release[] = [];
    try {
      const body = await answerOf(deps, exchange, releases);
      const settled = settleOnClose(exchange, releases);
      writeJson(exchange.res, body);
      await settled;
    } catch (thrown) {
      await settle(releases, false);
      await refuse(deps, exchange, thrown);
    }
  }
  return { answer, close };
}

async function answerOf(deps: AuthzenDeps, exchange: Exchange, releases: Release[]): Promise<JsonAnswer> {
  const sent = await deps.read(exchange);
  if (sent.path === "/access/v1/jwks") return keySet(deps, sent.method);
  const own = isOwn(deps, sent);
  const request = own ? atCommonPath(sent) : sent;
  const handle = handlerOf(request);
  const pep = (exchange.context.subject = await identify(deps, exchange, own));
  await deps.revocations.refresh();
  assertNotRevoked(deps.revocations, revocableOf(pep, `principal:${pep.id}`));
  const document = own ? aboutSelf(request.document, pep) : request.document;
  return handle(deps, { exchange, request: { ...request, document }, pep, isOwn: own }, releases);
}

function identify(deps: AuthzenDeps, exchange: Exchange, own: boolean): Subject | Promise<Subject> {
  return own && deps.own !== null ? deps.own.identify(exchange) : deps.identify(exchange);
}

/** Whoever verifies a binding token or an approval's state needs it before they are known to anybody. */
function keySet({ key }: AuthzenDeps, method: string): JsonAnswer {
  if (method !== "GET") throw notAllowed(["GET"]);
  return { status: 200, headers: published, body: key.publicKeys };
}

/** "Request Identification": the same identifier comes back, whatever the answer. */
function echoRequestId({ req, res }: Exchange): void {
  const id = req.headers["x-request-id"];
  if (typeof id === "string" && /^[\x20-\x7e]*$/.test(id)) res.setHeader("X-Request-ID", id);
}

/** Only an answer that was written whole may have been acted on. */
async function settleOnClose({ res }: Exchange, releases: readonly Release[]): Promise<void> {
  if (releases.length === 0) return;
  if (!res.destroyed) await new Promise((resolve) => res.once("close", resolve));
  await settle(releases, res.writableFinished);
}

async function settle(releases: readonly Release[], told: boolean): Promise<void> {
  for (const release of releases) await release(told);
}

/** A refusal is recorded like any other; looking at a task is no decision, and neither is being refused to. */
async function refuse(deps: AuthzenDeps, exchange: Exchange, thrown: unknown): Promise<void> {
  if (thrown instanceof RecordedRefusal) {
    // The answer names the record of the question, which says more than one of the request.
    respond(deps, { ...exchange, context: thrown.context }, thrown.refusal);
    return;
  }
  const refusal = asMalformed(asRefusal(thrown));
  if (exchange.req.method === "GET") respond(deps, exchange, refusal);
  else await refuseRecorded(deps, exchange.context, refusal, (final) => respond(deps, exchange, final));
}

/** The API answers every malformed request 400, also one whose body is no JSON. */
function asMalformed(refusal: Refusal): Refusal {
  if (refusal.code !== "type_refused") return refusal;
  return new Refusal("authzen_request_invalid", { hint: refusal.hint ?? "Content-Type", cause: refusal });
}

function respond(deps: AuthzenDeps, exchange: Exchange, refusal: Refusal): Outcome {
  const problem = problemOf(refusal);
  if (problem === null || exchange.res.headersSent) return deps.refuse(exchange, refusal);
  writeJson(exchange.res, problem);
  return outcome({ kind: "refused", status: refusal.status, code: refusal.code });
}

const metadataPath = "/.well-known/authzen-configuration";

/** "Policy Decision Point Metadata" of the API, with what the profile adds; any other path is somebody else's. */
export function authzenMetadata(
  origin: () => string,
  otherwise: (req: IncomingMessage, res: ServerResponse) => void,
): (req: IncomingMessage, res: ServerResponse) => void {
  return function answer(req, res) {
    if (req.method !== "GET" || req.url !== metadataPath) return otherwise(req, res);
    writeJson(res, { status: 200, headers: published, body: documentOf(origin()) });
  };
}

function documentOf(origin: string) {
  return {
    policy_decision_point: origin,
    access_evaluation_endpoint: `${origin}/access/v1/evaluation`,
    access_evaluations_endpoint: `${origin}/access/v1/evaluations`,
    access_request_endpoint: `${origin}/access/v1/requests`,
    jwks_uri: `${origin}/access/v1/jwks`,
    capabilities: ["urn:openid:authzen:capability:access-request"],
  };
}

const profilePrefix = "arap_";

/** A refusal for which the profile has a problem type ("Error Responses", RFC 9457); null for any other. */
function problemOf({ code, status, sentenceForCaller }: Refusal): JsonAnswer | null {
  if (!code.startsWith(profilePrefix) || code === "arap_callback_refused") return null;
  return {
    status,
    headers: { "Content-Type": "application/problem+json" },
    body: {
      type: `urn:openid:authzen:access-request:error:${code.slice(profilePrefix.length)}`,
      title: STATUS_CODES[status] ?? "Refused",
      status,
      detail: sentenceForCaller,
      code,
    },
  };
}

type Handler = (deps: AuthzenDeps, caller: EnforcementPoint, releases: Release[]) => Promise<JsonAnswer>;

/** Everything under /access/v1 that needs to know who asks. */
const endpoints: readonly Endpoint<Handler>[] = [
  { path: /^\/access\/v1\/evaluation$/, methods: { POST: asking(evaluation) } },
  { path: /^\/access\/v1\/evaluations$/, methods: { POST: asking(evaluations) } },
  { path: /^\/access\/v1\/requests$/, methods: { POST: submit } },
  { path: /^\/access\/v1\/requests\/[^/]+$/, methods: { GET: look } },
  { path: /^\/access\/v1\/requests\/[^/]+\/cancel$/, methods: { POST: cancel, DELETE: cancel } },
];

/** @throws Refusal route_unknown, method_refused */
export function handlerOf(request: Pick<EnforcementPoint["request"], "method" | "path">): Handler {
  return endpointAt(endpoints, request).handler;
}

function asking(
  answer: (
    deps: AuthzenDeps,
    evaluating: Evaluating,
    document: EnforcementPoint["request"]["document"],
  ) => Promise<object>,
): Handler {
  return async function ask(deps, caller, releases) {
    const policy = deps.activePolicy();
    if (policy === null) throw new Refusal("policy_not_loaded");
    const body = await answer(deps, { caller, policy, releases }, caller.request.document);
    return { status: 200, body };
  };
}

/** The task's id, for an endpoint of it. */
function idIn({ request }: EnforcementPoint): string {
  return request.path.split("/")[4] ?? "";
}

async function look(deps: AuthzenDeps, caller: EnforcementPoint): Promise<JsonAnswer> {
  return taskAnswer(deps, caller, await findTask(deps, caller, idIn(caller)), 200);
}

/** "Cancellation": only while people are asked. */
async function cancel(deps: AuthzenDeps, caller: EnforcementPoint): Promise<JsonAnswer> {
  const { document } = caller.request;
  const { reason, comment } = document === undefined ? {} : readCancellation(document);
  const approval = await findTask(deps, caller, idIn(caller));
  const why = [reason, comment].filter((one) => one !== undefined).join(": ");
  const note = `withdrawn by ${caller.pep.id}${why === "" ? "" : `: ${why}`}`;
  if (statusOf(approval) !== "pending" || !(await deps.holds.withdraw(approval.id, note)))
    throw new Refusal("arap_invalid_task_state");
  return { status: 200, body: { task: taskHandle(deps, caller, await findTask(deps, caller, approval.id)) } };
}
