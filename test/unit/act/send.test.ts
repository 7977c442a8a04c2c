import { noInjection } from "../../../gateway/act/credentials/injection.ts";
import { KeptResults } from "../../../gateway/act/kept/kept-results.ts";
import { sendHttp, sendMcp } from "../../../gateway/act/send.ts";
import { ServerRequests } from "../../../gateway/act/server-requests/server-requests.ts";
import { outcome } from "../../../gateway/domain/decision-record.ts";
import { Refusal } from "../../../gateway/domain/errors.ts";
import { evaluated, facts, TestClock, toolCall } from "../../support/builders.ts";

const logger = { debug() {}, info() {}, warn() {}, error() {} };

function deps(finished: unknown[]) {
  const upstreams = {
    send: () => Promise.reject(new Refusal("upstream_unreachable")),
  } as never;
  const holds = { finish: async (...ending: unknown[]) => void finished.push(ending.slice(0, 3)) };
  const results = { of: () => null } as never;
  const clock = new TestClock();
  const serverRequests = new ServerRequests({
    exchanges: { forServerRequest: (to) => to },
    states: {} as never,
    clock,
    logger,
  });
  return { upstreams, holds, kept: new KeptResults(clock), results, serverRequests, logger };
}

const exchange = { req: { rawHeaders: [] }, res: {}, connection: {}, context: {} } as never;

test("gives an approval that was used its ending when the call could not be sent", async () => {
  const finished: unknown[] = [];
  const approval = { ...facts().approval, status: "approved", id: "a_1" } as const;
  const call = evaluated({ facts: { ...facts(), approval } });
  await expect(sendHttp(deps(finished))(exchange, call, noInjection, null)).rejects.toMatchObject({
    code: "upstream_unreachable",
  });
  expect(finished).toEqual([["a_1", "failed", "upstream_unreachable"]]);
});

test("says that it writes the ending of an approval before it sends, also to a copy of the exchange", async () => {
  const approval = { ...facts().approval, status: "approved", id: "a_1" } as const;
  const approvalEnding = { isTakenOver: false };
  const copy = { ...(exchange as object), approvalEnding } as never;
  const sending = sendHttp(deps([]))(copy, evaluated({ facts: { ...facts(), approval } }), noInjection, null);
  expect(approvalEnding.isTakenOver).toBe(true);
  await expect(sending).rejects.toMatchObject({ code: "upstream_unreachable" });
});

test("has no ending for a call without an approval", async () => {
  const finished: unknown[] = [];
  await expect(sendHttp(deps(finished))(exchange, evaluated({}), noInjection, null)).rejects.toMatchObject({
    code: "upstream_unreachable",
  });
  expect(finished).toEqual([]);
});

test("answers a question about a task itself, with the way into the path for the task's call", async () => {
  const asked: unknown[] = [];
  const tasks = {
    answer: (_exchange: unknown, _evaluated: unknown, enter: unknown) => {
      asked.push(enter);
      return Promise.resolve(outcome({ kind: "answered" }));
    },
  } as never;
  const enter = () => Promise.resolve();
  const send = sendMcp({ ...deps([]), answers: {} as never, lists: {} as never, served: {} as never, tasks });
  const call = evaluated({ call: toolCall({ resourceType: "task" }) });
  expect((await send(exchange, call, noInjection, { enter })).kind).toBe("answered");
  expect(asked).toEqual([enter]);
});
