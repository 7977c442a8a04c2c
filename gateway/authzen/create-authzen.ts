import { asRefusal, Refusal } from "../domain/errors.ts";
import type { Exchange } from "../domain/exchange.ts";
import { outcome, type Outcome } from "../domain/decision-record.ts";
import { behindOf } from "../domain/revocation.ts";
import type { Subject } from "../domain/subject.ts";
import { notifyEnds } from "./callbacks.ts";
import { handlerOf } from "./endpoints.ts";
import type { Release } from "./evaluate.ts";
import type { AuthzenRoom } from "./room.ts";
import { Recorded } from "./submit.ts";
import type { Told } from "./task.ts";
import { problemOf, write } from "./tell.ts";

export interface Authzen {
  /** Must be called in the tick of the server's `request` event. Never rejects. */
  readonly answer: (exchange: Exchange) => Promise<void>;
  readonly close: () => void;
}

/** AuthZEN 1.0 evaluations and the Access Request and Approval Profile, for other enforcement points. */
export function createAuthzen(room: AuthzenRoom): Authzen {
  const close = notifyEnds(room);
  async function answer(exchange: Exchange): Promise<void> {
    echoRequestId(exchange);
    const releases: Release[] = [];
    try {
      const told = await tellOf(room, exchange, releases);
      settleOnClose(exchange, releases);
      write(exchange.res, told);
    } catch (thrown) {
      settle(releases, false);
      await refuse(room, exchange, thrown);
    }
  }
  return { answer, close };
}

async function tellOf(room: AuthzenRoom, exchange: Exchange, releases: Release[]): Promise<Told> {
  const request = await room.step.read(exchange);
  if (request.path === "/access/v1/jwks") return keySet(room, request.method);
  const handle = handlerOf(request);
  const pep = (exchange.context.subject = await room.step.identify(exchange));
  assertNotRevoked(room, pep);
  return handle(room, { exchange, request, pep }, releases);
}

/** Whoever verifies a binding token or an approval's state needs it before they are known to anybody. */
function keySet({ key }: AuthzenRoom, method: string): Told {
  if (method !== "GET") throw new Refusal("method_refused", { hint: "allowed: GET" });
  const headers = { "Cache-Control": "public, max-age=300" };
  return { status: 200, headers, body: JSON.parse(JSON.stringify(key.publicKeys)) as Told["body"] };
}

function assertNotRevoked({ revocations }: AuthzenRoom, subject: Subject): void {
  const found = revocations.against({
    ...{ issuer: subject.issuer, subject: subject.id, behind: behindOf(subject) },
    ...{ session: `principal:${subject.id}`, task: null },
  });
  if (found === null) return;
  throw new Refusal(found.kind === "gateway" ? "gateway_stopped" : "access_revoked", { hint: found.reason });
}

/** "Request Identification": the same identifier comes back, whatever the answer. */
function echoRequestId({ req, res }: Exchange): void {
  const id = req.headers["x-request-id"];
  if (typeof id === "string" && /^[\x20-\x7e]*$/.test(id)) res.setHeader("X-Request-ID", id);
}

/** Only an answer that was written whole may have been acted on. */
function settleOnClose({ res }: Exchange, releases: readonly Release[]): void {
  if (releases.length === 0) return;
  if (res.destroyed) settle(releases, false);
  else res.once("close", () => settle(releases, res.writableFinished));
}

function settle(releases: readonly Release[], told: boolean): void {
  for (const release of releases) release(told);
}

/** A refusal is recorded like any other; looking at a task is no decision, and neither is being refused to. */
async function refuse(room: AuthzenRoom, exchange: Exchange, thrown: unknown): Promise<void> {
  const refusal = inItsWords(thrown instanceof Recorded ? thrown.refusal : asRefusal(thrown));
  const { step, logger } = room;
  const fields = { decision_id: exchange.context.decisionId, code: refusal.code, detail: refusal.detail };
  if (refusal.status >= 500) logger.error("a question failed closed", fields);
  if (thrown instanceof Recorded || exchange.req.method === "GET") return void tell(room, exchange, refusal);
  try {
    await step.recorded(exchange, step.decisionOf(refusal), async () => tell(room, exchange, refusal));
  } catch (unrecorded) {
    logger.error("a refusal could not be recorded", { ...fields, record: asRefusal(unrecorded).detail });
    tell(room, exchange, new Refusal("record_unavailable", { cause: unrecorded }));
  }
}

/** The API answers every malformed request 400, also one whose body is no JSON. */
function inItsWords(refusal: Refusal): Refusal {
  if (refusal.code !== "type_refused") return refusal;
  return new Refusal("authzen_request_invalid", { hint: refusal.hint ?? "Content-Type", cause: refusal });
}

function tell({ step }: AuthzenRoom, exchange: Exchange, refusal: Refusal): Outcome {
  const problem = problemOf(refusal);
  if (problem === null || exchange.res.headersSent) return step.refuse(exchange, refusal);
  write(exchange.res, problem);
  return outcome({ kind: "refused", status: refusal.status, code: refusal.code });
}
