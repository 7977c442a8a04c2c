import { type Answer, heldId } from "../world/caller.ts";
import type { ProofGateway } from "../world/gateway.ts";
import type { Person } from "../world/person.ts";
import type { Known } from "./ledger.ts";

/** The points of a call's life at which somebody outside learns something. */
export type Edge = "held" | "approved" | "executed" | "answered";

export interface Drive {
  readonly gateway: ProofGateway;
  /** The approver at some gateway of the house. */
  readonly person: Person;
  readonly token: string;
  /** Keeps the connection open while people decide, or comes back after they did. */
  readonly waits: boolean;
  passed(edge: Edge): void;
  /** Whether the item was released, so that it answers no further call. */
  used(id: string): Promise<boolean>;
  /** Whether an answer says that this cannot be done now, and may be tried again. */
  mayRefuse?(answer: { readonly status: number; readonly body: Answer["body"] }): boolean;
}

/** What is asked of the gateway cannot be done now. */
export class Refused extends Error {
  override readonly name = "Refused";
}

const path = "/payments/v1/transfers";

/**
 * Takes one call as far as it goes: held, approved, carried out.
 * @returns what is wrong with an answer, or null
 * @throws Error when the gateway dies over it; Refused
 */
export async function drive(known: Known, way: Drive): Promise<string | null> {
  const problem = await ask(known, way);
  if (problem !== null || known.answered || known.lost) return problem;
  return way.waits ? waitForVote(known, way) : comeBack(known, way);
}

/** The first call, or the same again after a crash: then it may be approved already. */
async function ask(known: Known, way: Drive): Promise<string | null> {
  const answer = await call(known, way);
  if (isAnswered(answer)) return answered(known, way);
  const id = heldId(answer);
  if (id === null) return unexpected(known, answer);
  if (known.id !== null && known.id !== id && (await way.used(known.id))) {
    known.lost = true;
    return null;
  }
  if (known.approved) return `${known.item} was approved and is asked for again as ${id}`;
  if (known.id !== null && known.id !== id) return `${known.item} was held as ${known.id} and again as ${id}`;
  known.id = id;
  way.passed("held");
  return null;
}

async function comeBack(known: Known, way: Drive): Promise<string | null> {
  const problem = await vote(known, way);
  if (problem !== null) return problem;
  const answer = await call(known, way);
  return isAnswered(answer) ? answered(known, way) : unexpected(known, answer);
}

async function waitForVote(known: Known, way: Drive): Promise<string | null> {
  // Either may break with its gateway: without the vote nobody needs to wait any more.
  const leaving = new AbortController();
  const [waiting, voting] = await Promise.allSettled([
    call(known, way, { prefer: "wait=60" }, leaving.signal),
    vote(known, way).catch((broken: unknown) => {
      leaving.abort();
      throw broken;
    }),
  ]);
  if (voting.status === "rejected") throw voting.reason;
  if (voting.value !== null) return voting.value;
  if (waiting.status === "rejected") throw waiting.reason;
  return isAnswered(waiting.value) ? answered(known, way) : unexpected(known, waiting.value);
}

async function call({ item }: Known, way: Drive, headers = {}, signal?: AbortSignal): Promise<Answer> {
  const { gateway, token } = way;
  const more = signal === undefined ? {} : { signal };
  return done(way, await gateway.caller.call({ path, token, json: { item }, headers, ...more }));
}

async function vote(known: Known, way: Drive): Promise<string | null> {
  const { person, passed } = way;
  const card = done(way, await person.get(`/api/approvals/${known.id}`));
  const action_digest = String(card.body["action_digest"]);
  const { status, body } = done(way, await person.vote(known.id ?? "", { action_digest }));
  if (body["state"] !== "approved") return `the vote on ${known.item} was answered ${status} ${JSON.stringify(body)}`;
  known.approved = true;
  passed("approved");
  return null;
}

/** @throws Refused */
function done<Said extends Pick<Answer, "status" | "body">>({ mayRefuse }: Drive, answer: Said): Said {
  if (mayRefuse?.(answer) === true) throw new Refused(`${answer.status} ${String(answer.body["code"])}`);
  return answer;
}

/** Its caller knows that it was executed. Where it cannot be noted in the history of its session, the answer itself is withheld. */
function isAnswered({ status, body }: Pick<Answer, "status" | "body">): boolean {
  return status === 200 || (status === 500 && body["code"] === "answer_not_noted" && body["executed"] === true);
}

function answered(known: Known, { passed }: Drive): null {
  known.answered = true;
  passed("answered");
  return null;
}

function unexpected({ item }: Known, { status, body }: Answer): string {
  return `${item} was answered ${status} ${JSON.stringify(body).slice(0, 200)}`;
}
