import { EventEmitter } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Exchange, PendingServerRequest } from "../../../gateway/domain/exchange.ts";
import { Exchanges, type InnerExchange } from "../../../gateway/pipeline/exchanges.ts";
import { evaluated, TestClock, testIds } from "../../support/builders.ts";

const exchanges = new Exchanges(new TestClock(), testIds());
const part = (name: string): never => ({ name }) as never;

/** An exchange with each field set, so that what a constructor leaves out is seen. */
const whole: Required<Exchange> = {
  req: { rawHeaders: [] } as unknown as IncomingMessage,
  res: part("res"),
  receivedAt: 5,
  resumed: "apr_0",
  connection: part("connection"),
  body: Buffer.from("body"),
  eventStreamOpen: true,
  headers: ["a", "b"],
  opened: part("opened"),
  taskText: part("taskText"),
  toolQuery: part("toolQuery"),
  renaming: part("renaming"),
  credentials: part("credentials"),
  answerSink: part("answerSink"),
  serverRequest: part("serverRequest"),
  task: "t1",
  observed: part("observed"),
  approvalEnding: { isTakenOver: false },
  counted: part("counted"),
  context: {
    decisionId: "d_first",
    redacted: { name: "redacted" },
    call: {},
    facts: {},
    subject: {},
    rpc: {},
  } as never,
};
const serverRequest = { within: evaluated() } as PendingServerRequest;
const other = { res: part("other res"), headers: ["c", "d"], renaming: part("other"), body: Buffer.from("other") };
const innerParts: InnerExchange = {
  req: whole.req,
  res: whole.res,
  connection: whole.connection,
  resumed: "apr_2",
  body: whole.body as Buffer,
  credentials: whole.credentials,
  answerSink: whole.answerSink,
  task: "t2",
};

/** Fields that every further exchange of the same caller keeps. */
const caller = ["approvalEnding", "connection", "credentials", "eventStreamOpen", "observed", "receivedAt", "req"];

test.each<[string, Exchange, readonly string[], Partial<Exchange>]>([
  [
    "asked: what a tool server asks keeps its caller, and neither the sink, the task nor the call of what it came on",
    exchanges.forServerRequest(whole, serverRequest),
    [...caller, "headers", "renaming", "res"],
    { body: null, resumed: null, serverRequest },
  ],
  [
    "other: another request in the place of its own keeps all but what that one said and looked for",
    exchanges.decoy(whole, other),
    [...caller, "answerSink", "opened", "resumed", "serverRequest", "task"],
    other,
  ],
  [
    "resume: the same call with its approval keeps all",
    exchanges.resume(whole, "apr_1"),
    Object.keys(whole).filter((name) => !["resumed", "context"].includes(name)),
    { resumed: "apr_1" },
  ],
])("%s", (_what, { context, ...made }, kept, changed) => {
  const expected = Object.fromEntries(kept.map((name) => [name, whole[name as keyof Exchange]]));
  expect(made).toEqual({ ...expected, ...changed });
  for (const name of kept) expect(made[name as keyof typeof made]).toBe(whole[name as keyof Exchange]);
  // Nothing that was found out of the first one is taken for a fact of this one.
  expect(context.decisionId).not.toBe("d_first");
  expect(context).toMatchObject({ call: null, facts: null, subject: null, rpc: null, input: null });
});

test("inner: a call without a connection of its own has the parts that it is given, and arrives now", () => {
  const { context, ...made } = exchanges.inner(innerParts);
  expect(made).toEqual({ ...innerParts, receivedAt: context.startedAt, eventStreamOpen: false });
});

test("what was taken out of a call is still known when it is resumed, and of no other request", () => {
  expect(exchanges.resume(whole, "apr_1").context.redacted).toBe(whole.context.redacted);
  expect(exchanges.resume(exchanges.inner(innerParts), "apr_1").context).not.toHaveProperty("redacted");
  for (const { context } of [exchanges.forServerRequest(whole, serverRequest), exchanges.decoy(whole, other)])
    expect(context).not.toHaveProperty("redacted");
});

test("a server's request is on the route of the call that it came on", () => {
  expect(exchanges.forServerRequest(whole, serverRequest).context.route).toBe(serverRequest.within.call.route);
});

test.each([
  ["before its answer was written has left", false, true],
  ["after it has not", true, false],
])("begin: a caller whose connection closes %s", (_when, writableFinished, left) => {
  const res = Object.assign(new EventEmitter(), { writableFinished });
  const { connection, body, resumed, context } = exchanges.begin(whole.req, res as unknown as ServerResponse);
  expect([connection.aborted, body, resumed, context.request]).toEqual([false, null, null, whole.req]);
  res.emit("close");
  expect(connection.aborted).toBe(left);
});
