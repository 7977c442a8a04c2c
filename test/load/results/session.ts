import { setImmediate as nextTurn } from "node:timers/promises";
import type { EvaluatedCall } from "../../../gateway/domain/exchange.ts";
import type { JsonObject, JsonValue } from "../../../gateway/lib/json.ts";
import { collectGarbage } from "../../support/collect-garbage.ts";
import { openLedger, TestSession, trusted } from "../../support/provenance.ts";
import { type BenchResult, benchResults } from "./results.ts";

const kilobyte = 1_024;
const task =
  "Answer the mails about damaged parcels, write to ada.3@partners.example and order 14 new boxes at KX-77QP.";

/** One session, whose calls send a mail of 1 KB and get a result each. */
export class BenchSession {
  readonly #session: TestSession;
  #calls = 0;

  constructor(ledger = openLedger(), id = "run-1") {
    this.#session = new TestSession(task, { session: id }, {}, ledger);
  }

  /** A call that was not seen before. */
  call({ returns }: Pick<BenchResult, "returns">): EvaluatedCall {
    this.#calls += 1;
    // Seconds go on, as events of a session do.
    this.#session.now += 1_000;
    const catalog = { returns, mutates: false, destination: ["/to", "/cc"] };
    return this.#session.evaluated({ tool: "office/send_mail", arguments: mailArguments(this.#calls), catalog });
  }

  /** @returns how many values were traced */
  async trace({ call, facts }: EvaluatedCall): Promise<number> {
    const { ledger, who, site, now } = this.#session;
    const { session, catalog } = facts;
    const taskTexts = who.taskText === null ? [] : [who.taskText];
    const traced = await ledger.trace({ call, subject: who, session, catalog, site, taskTexts, now });
    // As a call has it from then on.
    Object.assign(facts, { provenance: traced });
    return traced.provenance.length;
  }

  sent(call: EvaluatedCall): void | Promise<void> {
    return this.#session.ledger.sent(call, this.#session.now);
  }

  async learn(call: EvaluatedCall, content: JsonValue): Promise<readonly string[]> {
    const { ledger, now } = this.#session;
    return ledger.learn(call, { tool: call.call.name, catalog: call.facts.catalog, content }, now);
  }
}

function mailArguments(number: number): JsonObject {
  const body =
    "Hello,\n\nthe replacement was sent today, the boxes arrive on Monday. Please keep the damaged parcel.\n";
  const rest = `\nThe order is KX-${number}-77QP, see https://parcels.example/orders/${number}.\n\nBest regards\nTeam Returns`;
  return {
    to: [`ada.${number % 8}@partners.example`],
    cc: ["team@corp.example"],
    subject: `Re: parcel ${number}`,
    order: number,
    body: `${body.repeat(Math.floor((kilobyte - rest.length - 100) / body.length))}${rest}`,
  };
}

/** Sessions that are counted, and before them as many that are not: what the engine compiles meanwhile is no session's. */
const counted = 400;

/** Bytes of one session in this process, each of a caller of its own, of those that have read a result each. */
export function sessionBytes(content: JsonValue, sessions = counted): Promise<number> {
  return bytesOf(sessions, (session) => session.reads(content));
}

/** The same of sessions that have met more than they have room for. */
export function fullSessionBytes(sessions = counted): Promise<number> {
  const mails = JSON.parse(String(benchResults(0).find(({ name }) => name === "mails 64 KB")?.bytes)) as JsonValue;
  return bytesOf(sessions, async (session) => {
    for (let tool = 0; tool < 10; tool += 1) {
      session.now += 1_000;
      const content = { list: Array.from({ length: 64 }, (_, at) => `value ${tool} of ${at}`) };
      await session.does({ tool: `crm/list_${tool}`, catalog: { returns: trusted, mutates: false } }, content);
    }
    await session.reads(mails);
  });
}

async function bytesOf(sessions: number, fill: (session: TestSession) => Promise<unknown>): Promise<number> {
  const ledger = openLedger({ capacity: sessions * 20 });
  const open = (id: string) => fill(new TestSession(null, { id }, {}, ledger));
  for (let at = 0; at < sessions; at += 1) await open(`first-${at}`);
  const before = await bytesInUse();
  for (let at = 0; at < sessions; at += 1) await open(`s-${at}`);
  return Math.round(((await bytesInUse()) - before) / sessions);
}

/** Once the engine has given back what nothing refers to: it does so beside the work, and in parts. */
async function bytesInUse(): Promise<number> {
  for (let last = Infinity; ;) {
    collectGarbage();
    await nextTurn();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    if (heapUsed + arrayBuffers > last - 4 * kilobyte) return heapUsed + arrayBuffers;
    last = heapUsed + arrayBuffers;
  }
}
