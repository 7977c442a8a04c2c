import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { noInjection } from "../../../../gateway/act/credentials/injection.ts";
import { forward } from "../../../../gateway/act/forward/forward.ts";
import { Upstreams } from "../../../../gateway/act/forward/upstreams.ts";
import type { AnswerReaders } from "../../../../gateway/act/results/answer-judge.ts";
import type { Outcome } from "../../../../gateway/domain/decision-record.ts";
import type { EvaluatedCall } from "../../../../gateway/domain/exchange.ts";
import type { ObservedCall } from "../../../../gateway/domain/ports.ts";
import { Exchanges } from "../../../../gateway/pipeline/exchanges.ts";
import { StoreUnavailable } from "../../../../gateway/store/postgres/failures.ts";
import { evaluated, route, TestClock, testIds, toolCall } from "../../../support/builders.ts";
import { nothingEnds } from "../../../support/endings.ts";
import { resultWorld } from "../results/support/judge.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function listen(handler: (req: IncomingMessage, res: ServerResponse) => void): Promise<number> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => (server.closeAllConnections(), new Promise((resolve) => server.close(resolve))));
  return (server.address() as AddressInfo).port;
}

function callTo(port: number): EvaluatedCall {
  const origin = `http://127.0.0.1:${port}`;
  const base = route();
  const to = { ...base, upstream: { ...base.upstream, origin } };
  return evaluated({ call: { ...toolCall({ route: to }), request: { ...toolCall().request, origin } } });
}

interface Door {
  readonly ended: ObservedCall["ended"];
  readonly judge?: AnswerReaders["judge"];
  readonly answer?: (res: ServerResponse) => void;
}

/** A front door that forwards what arrives as a call in a shared history; what came of the first one, and when its caller has left. */
async function gatewayFor({ ended, judge = null, answer = (res) => void res.end('{"done":true}') }: Door) {
  const upstreams = new Upstreams(nothingEnds);
  closing.push(() => upstreams.destroy());
  const exchanges = new Exchanges(new TestClock(), testIds());
  const settled = Promise.withResolvers<Outcome>();
  const left = Promise.withResolvers<void>();
  const call = callTo(await listen((_req, res) => answer(res.setHeader("content-type", "application/json"))));
  const port = await listen((req, res) => {
    const exchange = exchanges.begin(req, res);
    exchange.context.route = call.call.route;
    exchange.observed = { noted: Promise.resolve(), ended };
    res.once("close", left.resolve);
    forward(upstreams, exchange, call, noInjection, { judge, capture: null }).then(settled.resolve, settled.reject);
  });
  return { port, settled: settled.promise, left: left.promise };
}

const gone = () => Promise.reject(new StoreUnavailable("timeout"));
const judged = resultWorld();
const labels = resultWorld({ answer: () => ({ labels: ["read:private"] }), label: gone });

test.each<[string, ObservedCall["ended"], typeof judged]>([
  ["what came of it", gone, judged],
  ["a label of its answer", () => undefined, labels],
])("a call that ran is told as one that ran when the store cannot note %s", async (_what, ended, world) => {
  const { port, settled } = await gatewayFor({ ended, judge: world.judge() });
  const answer = await fetch(`http://127.0.0.1:${port}/`);
  expect(await answer.json()).toMatchObject({ code: "answer_not_noted", executed: true, retryable: false });
  expect(await settled).toMatchObject({ kind: "withheld", code: "answer_not_noted", status: 500 });
});

test("a call comes to its end although its caller leaves while that is noted", async () => {
  const noting = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const ended = () => (begun.resolve(), noting.promise);
  const second = Promise.withResolvers<void>();
  const answer = (res: ServerResponse) => {
    res.setHeader("content-length", "4").write("on");
    void second.promise.then(() => res.end("ce"));
  };
  const { port, settled, left } = await gatewayFor({ ended, answer });
  const socket = connect(port, "127.0.0.1");
  closing.push(() => socket.destroy());
  socket.once("data", () => second.resolve());
  socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  await begun.promise;
  socket.destroy();
  await left;
  noting.resolve();
  expect(await settled).toMatchObject({ kind: "forwarded" });
});
