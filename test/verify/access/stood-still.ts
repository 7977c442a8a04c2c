import { eventually, pause } from "../../support/eventually.ts";
import { type Check, type CheckContext, Failures } from "../check.ts";
import { type AccessHouse, withHouse } from "./world/house.ts";

/** Calls that are under way at the process that is stopped, at different places of its request path. */
const callsARound = 25;
/** So long it may work on them before it is stopped. */
const mostMs = 40;
/**
 * A call is written in the turn of the event loop in which the last look for it is known. A process that is stopped just there writes it
 * when it goes on: one call, and in few rounds.
 */
const rarely = 0.1;

/** A process that is stopped while it judges sends nothing of what ended meanwhile, and is told of as one that has not answered. */
export const stoodStill: Check = {
  name: "stood-still",
  full: 40,
  quick: 4,
  run: (context) =>
    withHouse(2, async (house) => {
      const failures = new Failures();
      const figures = { sent_before: 0, never_sent: 0, stopped_while_sending: 0, rounds_with_a_locked_store: 0 };
      for (let round = 0; round < context.count; round += 1) {
        const { sent, late, wasLocked } = await tryRound(house, round, context, failures);
        figures.sent_before += sent;
        figures.never_sent += callsARound - sent;
        figures.stopped_while_sending += late;
        figures.rounds_with_a_locked_store += Number(wasLocked);
        context.progress(round + 1);
      }
      const most = Math.ceil(rarely * context.count);
      if (figures.stopped_while_sending > most)
        failures.add(
          `in ${figures.stopped_while_sending} rounds a call was sent after the answer, at most ${most} may be`,
        );
      return { count: context.count * callsARound, failures: failures.list(), figures };
    }),
};

interface Round {
  readonly sent: number;
  /** Of these, after it was answered that their access has ended: one at most. */
  readonly late: number;
  /** It was stopped in the middle of a write: nobody else can write what has ended, and the answer says so. */
  readonly wasLocked: boolean;
}

async function tryRound(
  house: AccessHouse,
  round: number,
  { random }: CheckContext,
  failures: Failures,
): Promise<Round> {
  const sub = `stood-still-${round}`;
  const token = await house.issuer.token({ sub });
  const items = Array.from({ length: callsARound }, (_, at) => `${sub}-${at}`);
  const path = "/payments/v1/customers/read";
  const [asked, stopped] = [house.gateways[0]!, house.gateways[1]!];
  const person = await asked.person();
  const calls = items.map((item) => stopped.caller.call({ path, token, json: { item } }));
  await pause(random.below(mostMs));
  const { at, durable } = await whileStopped(stopped.pid, async () => {
    const wanted = { kind: "subject", target: sub, reason: "the proof", anyway: true };
    const { status, body } = await person.post("/api/revocations", wanted);
    const { matched, durable: isWritten } = body as { matched: { unanswered: number }; durable: boolean };
    if (status !== 201 || matched.unanswered !== 1)
      failures.add(`${sub}: ${status}, ${matched.unanswered} have not answered`);
    return { at: performance.now(), durable: isWritten };
  });
  for (const { status } of await Promise.all(calls)) if (status !== 403) failures.add(`${sub}: answered ${status}`);
  const sent = items.flatMap((item) => house.upstream.of(item));
  const late = sent.filter((one) => durable && one.at > at);
  if (late.length > 1)
    failures.add(late.map((one) => `${one.item} was sent ${Math.round(one.at - at)} ms after the answer`).join(", "));
  for (const one of sent) await eventually(`${one.item} is cut`, () => one.cutAt);
  return { sent: sent.length, late: late.length, wasLocked: !durable };
}

async function whileStopped<Result>(pid: number, work: () => Promise<Result>): Promise<Result> {
  process.kill(pid, "SIGSTOP");
  try {
    return await work();
  } finally {
    process.kill(pid, "SIGCONT");
  }
}
