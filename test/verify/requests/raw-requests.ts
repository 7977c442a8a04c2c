import { type Check, type CheckContext, Failures, type Tried } from "../check.ts";
import { type Decided, decisionsIn } from "../world/decisions.ts";
import { type VerifiedGateway, withGateway } from "../world/gateway.ts";
import type { DigestingUpstream, Seen } from "../world/upstream.ts";
import { makeScript } from "./script.ts";
import { talk } from "./talk.ts";

const CONNECTIONS = 48;
/** One connection in so many waits until the gateway itself ends it. */
const PATIENT = 150;
const limits = { headers_timeout: "1s", request_timeout: "2s", keep_alive: "1s" };

/** Bytes of any kind on real sockets: the tool server sees nothing but what was judged and recorded. */
export const rawRequests: Check = {
  name: "raw-requests",
  full: 200_000,
  quick: 10_000,
  run: (context) => withGateway(limits, (gateway, upstream) => prove(gateway, upstream, context)),
};

async function prove(gateway: VerifiedGateway, upstream: DigestingUpstream, context: CheckContext): Promise<Tried> {
  const failures = new Failures();
  const tally = await flood(gateway, context, failures);
  await assertAlive(gateway, failures);
  await gateway.stop();
  const decided = await decisionsIn(gateway.logDir);
  compare(upstream.seen, decided, failures);
  findSmuggled(upstream.seen, tally, failures);
  for (const bytes of upstream.garbled) failures.add(`the tool server got bytes that are no request: ${bytes}`);
  if (decided.size < tally.answers)
    failures.add(`${tally.answers} answers, but only ${decided.size} decisions in the log`);
  if (upstream.seen.length < tally.requests / 10)
    failures.add(`only ${upstream.seen.length} requests got through, too few to say anything`);
  const figures = {
    forwarded: upstream.seen.length,
    decisions: decided.size,
    answers: tally.answers,
    patient: tally.patient,
    ended: tally.given.size,
  };
  return { count: tally.requests, failures: failures.list(), figures };
}

interface Tally {
  requests: number;
  answers: number;
  patient: number;
  /** By the target that its requests show upstream: a connection that was given up, and the answers before that. */
  readonly given: Map<string, { readonly before: number; readonly told: string }>;
}

async function flood(
  gateway: VerifiedGateway,
  { count, random, progress }: CheckContext,
  failures: Failures,
): Promise<Tally> {
  const tally: Tally = { requests: 0, answers: 0, patient: 0, given: new Map() };
  let scripts = 0;
  const client = async (): Promise<void> => {
    while (tally.requests < count && gateway.running()) {
      // Closed by a letter: a target that a mutation has cut short is not that of another connection.
      const id = `c${scripts + 1}z`;
      const script = makeScript(random, gateway, id);
      const patient = ++scripts % PATIENT === 0;
      tally.requests += script.requests;
      if (patient) tally.patient++;
      const { answers, hung } = await talk(gateway.port, script.bytes, random, patient);
      if (hung) failures.add(`no answer and no end: ${script.told}`);
      tally.answers += judgeAnswers(answers, script.told, failures);
      const before = answeredBeforeTheEnd(answers);
      if (before !== null) tally.given.set(`/v1/orders/${id}`, { before, told: script.told });
      progress(tally.requests);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  return tally;
}

/** Only refusals and answers of the tool server: no fault of the gateway, no trace of its insides. */
function judgeAnswers(answers: string, told: string, failures: Failures): number {
  const statuses = [...answers.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));
  for (const status of statuses) {
    if (status >= 500 && status !== 503) failures.add(`answered ${status}: ${told}`);
  }
  if (/\n\s+at |node:internal|\.ts:\d+/.test(answers))
    failures.add(`an answer tells of the gateway's insides: ${told}`);
  return statuses.filter((status) => status >= 200).length;
}

/** Refused because nobody can say where the request ends: what follows on the connection is nobody's request. */
const ending =
  /"code":"(?:framing_ambiguous|request_malformed|upgrade_refused|header_refused|header_too_large|body_incomplete|body_too_large)"/;

/** How many answers came before the one that gave the connection up; null when none did. */
function answeredBeforeTheEnd(answers: string): number | null {
  const each = answers.split(/(?=HTTP\/1\.1 [2-5]\d\d )/).filter((text) => text !== "");
  const end = each.findIndex((text) => ending.test(text));
  return end === -1 ? null : end;
}

/** Requests are answered in order, so one that was forwarded without an answer before the end came behind it. */
function findSmuggled(seen: readonly Seen[], { given }: Tally, failures: Failures): void {
  const forwarded = new Map<string, number>();
  for (const { line } of seen) {
    const target = line.slice(line.indexOf(" ") + 1);
    forwarded.set(target, (forwarded.get(target) ?? 0) + 1);
  }
  for (const [target, { before, told }] of given) {
    const through = forwarded.get(target) ?? 0;
    if (through > before)
      failures.add(`${through} requests were forwarded of a connection given up after ${before}: ${told}`);
  }
}

async function assertAlive(gateway: VerifiedGateway, failures: Failures): Promise<void> {
  if (!gateway.running()) return failures.add(`the gateway ended: ${gateway.output().slice(-2_000)}`);
  const answer = await fetch(`http://${gateway.host}/payments/v1/orders/last`, {
    headers: { authorization: `Bearer ${gateway.tokens.payments}` },
    signal: AbortSignal.timeout(10_000),
  }).catch((error: unknown) => error);
  if (!(answer instanceof Response) || answer.status !== 200)
    failures.add(`a sound request afterwards failed: ${String(answer)}`);
  const fault = /uncaught|unhandled|"code":"internal"|digest_mismatch/i.exec(gateway.output());
  if (fault !== null)
    failures.add(`the gateway's log tells of a fault: ${gateway.output().slice(fault.index - 200, fault.index + 400)}`);
}

function compare(seen: readonly Seen[], decided: ReadonlyMap<string, Decided>, failures: Failures): void {
  const used = new Set<string>();
  for (const { decisionId, digest, line } of seen) {
    const decision = decisionId === null ? undefined : decided.get(decisionId);
    if (decisionId === null || decision === undefined)
      failures.add(`reached the tool server without a decision: ${line}`);
    else if (decision.effect !== "allow")
      failures.add(`reached the tool server although the decision was ${decision.effect}: ${line}`);
    else if (decision.digest !== digest) failures.add(`another digest than the judged one: ${line}`);
    else if (used.has(decisionId)) failures.add(`one decision let two requests through: ${line}`);
    if (decisionId !== null) used.add(decisionId);
  }
}
