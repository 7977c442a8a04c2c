import { gunzipSync } from "node:zlib";
import type { Outcome } from "../../../gateway/domain/decision-record.ts";
import { newContext, type RequestContext } from "../../../gateway/domain/exchange.ts";
import type { TraceSettings } from "../../../gateway/domain/shipping.ts";
import type { Arrival, Door, Steps } from "../../../gateway/pipeline/enforce.ts";
import { callAttributes, outcomeAttributes, spanName } from "../../../gateway/traces/attributes.ts";
import { OtlpSpanExporter } from "../../../gateway/traces/exporter.ts";
import { TracedPath } from "../../../gateway/traces/traced-path.ts";
import { Tracing } from "../../../gateway/traces/tracing.ts";
import { decision, facts, subject, TestClock, toolCall } from "../../support/builders.ts";
import { quiet } from "../../support/quiet.ts";
import { Collector } from "../../support/ship/collector.ts";

interface Sent {
  readonly name: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly status: { readonly code: number };
}

let collector: Collector;
let tracing: Tracing;
let path: TracedPath;
const receiver = (): TraceSettings => ({
  url: `${collector.url}/v1/traces`,
  token: null,
  tls: { caFile: null, client: null },
  addresses: new Set(["loopback"]),
  timeoutMs: 5_000,
  sample: 1,
  followsCallers: true,
});
const deps = () => ({ clock: new TestClock(), logger: quiet, secret: () => "" });
const sender = { instance: "gw-1", environment: "test", version: "1" };

beforeEach(async () => {
  collector = new Collector();
  await collector.listen();
  tracing = new Tracing(receiver(), { sender, ...deps() });
  path = new TracedPath(tracing);
});
afterEach(() => collector.close());

/** What was sent when everything is. */
async function sent(): Promise<Sent[]> {
  await tracing.close();
  const bodies = collector.arrived.map(({ body }) => JSON.parse(gunzipSync(body).toString()) as never) as {
    resourceSpans: { scopeSpans: { spans: Sent[] }[] }[];
  }[];
  return bodies.flatMap((one) =>
    one.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
  );
}

const call = toolCall();
const outcome = { kind: "forwarded", status: 200, code: null, approvalId: null } as unknown as Outcome;

function contextOf(decisionId: string): RequestContext {
  const request = { method: "POST", url: "/x?secret=zq7", rawHeaders: [] };
  return newContext({ decisionId, request, startedAt: 0, route: call.route });
}

type Record = Steps<Arrival>["record"];
const recording: Record = (_context, _decision, act) => act();

async function go(context: RequestContext, record: Record = recording): Promise<void> {
  const steps = {
    identify: () => subject(),
    gather: async () => ({ facts: facts() }),
    decide: () => decision(),
    record: path.record(record),
    act: async () => outcome,
  } as unknown as Steps<Arrival>;
  const door = { parse: () => ({ call }), steps: () => steps, rewrite: () => null } as unknown as Door<Arrival>;
  const traced = path.door(door);
  const arrival = { context };
  const read = await traced.parse(arrival);
  const own = traced.steps(arrival, read);
  const who = await own.identify(arrival, read);
  const gathered = await own.gather(arrival, read, who, null);
  context.facts = gathered.facts;
  const decided = own.decide({} as never, gathered.facts, context.decisionId);
  await own.record(context, decided, async () => outcome);
}

test("a call is one span with one below it for each step, and two calls at once are two", async () => {
  const [one, two] = [contextOf("d_1"), contextOf("d_2")];
  await Promise.all([go(one), go(two)]);
  const spans = await sent();
  const roots = spans.filter(({ parentSpanId = "" }) => parentSpanId === "");
  expect(roots.map(({ name }) => name)).toEqual(["tools/call create_refund", "tools/call create_refund"]);
  for (const { spanId } of roots) {
    const below = spans.filter(({ parentSpanId }) => parentSpanId === spanId).map(({ name }) => name);
    expect(below.toSorted()).toEqual(["decide", "forward payments", "gather", "identify", "parse", "record"]);
  }
  const forward = spans.filter(({ name }) => name === "forward payments").map(({ spanId }) => spanId);
  expect(forward.toSorted()).toEqual([one, two].map(({ traceparent = "" }) => traceparent.split("-")[2]).toSorted());
});

test("a call that cannot be recorded ends at once, and what is recorded of that is no other span", async () => {
  const context = contextOf("d_1");
  const failing: Record = () => Promise.reject(new Error("disk full"));
  await expect(go(context, failing)).rejects.toThrow("disk full");
  // What fails closed records the refusal next, by the same way.
  await path.record(recording)(context, decision({ effect: "deny" }), async () => outcome);
  // One that was refused before it was read is recorded once.
  const unread = contextOf("d_2");
  await expect(path.record(failing)(unread, decision({ effect: "deny" }), async () => outcome)).rejects.toThrow();
  const roots = (await sent()).filter(({ parentSpanId = "" }) => parentSpanId === "");
  expect(roots.map(({ status }) => status.code)).toEqual([2, 2]);
});

test("an allowed call that is answered without its tool server is no forward", async () => {
  const answered = { ...outcome, kind: "answered" } as Outcome;
  const context = contextOf("d_1");
  await path.record(recording)(context, decision(), async () => answered);
  expect((await sent()).map(({ name }) => name)).toContain("answered");
});

test("a request that nobody could read has its method and its route, and nothing of its path", async () => {
  const context = contextOf("d_1");
  await path.record(recording)(context, decision({ effect: "deny" }), async () => outcome);
  const spans = await sent();
  expect(spans.map(({ name }) => name).toSorted()).toEqual([`POST ${call.route.prefix}`, "deny", "record"].toSorted());
  expect(JSON.stringify([spans, callAttributes(context)])).not.toContain("zq7");
});

test("a name is said where the catalog knows it", () => {
  const made = { ...contextOf("d_1"), call, subject: subject() };
  expect(spanName({ ...made, facts: facts() })).toBe("tools/call create_refund");
  const unknown = { ...facts(), catalog: { ...facts().catalog, known: false } };
  expect(spanName({ ...made, facts: unknown })).toBe(`POST ${call.route.prefix}`);
  expect(callAttributes({ ...made, facts: unknown })).not.toHaveProperty("gen_ai.tool.name");
  expect(outcomeAttributes(outcome)).toEqual({ "sallyport.outcome": "forwarded", "http.response.status_code": 200 });
});

test("spans that are not taken are a finding until some are", async () => {
  const exporter = new OtlpSpanExporter(receiver(), { ...deps(), timeoutMs: 5_000 });
  const exported = (): Promise<number> => new Promise((done) => exporter.export([], ({ code }) => done(code)));
  collector.choose = () => ({ status: 503, body: "zq7" });
  expect(await exported()).toBe(1);
  expect(exporter.findings()).toMatchObject([{ name: "traces", severity: "degraded" }]);
  expect(JSON.stringify(exporter.findings())).not.toContain("zq7");
  collector.choose = () => null;
  expect(await exported()).toBe(0);
  expect(exporter.findings()).toEqual([]);
});

test("spans that a receiver rejects of what it takes are told, and are a finding until it takes all", async () => {
  const warned: unknown[] = [];
  const logger = { ...deps().logger, warn: (...said: unknown[]) => void warned.push(said) };
  const exporter = new OtlpSpanExporter(receiver(), { ...deps(), logger, timeoutMs: 5_000 });
  const exported = (): Promise<number> => new Promise((done) => exporter.export([], ({ code }) => done(code)));
  const rejected = { partialSuccess: { rejectedSpans: "3", errorMessage: "zq7" } };
  collector.choose = () => ({ status: 200, body: JSON.stringify(rejected) });
  expect(await exported()).toBe(0);
  expect(exporter.findings()).toMatchObject([
    { name: "traces", problem: expect.stringContaining("3 of 0 were rejected") },
  ]);
  expect(warned).toEqual([[expect.any(String), { error: "3 of 0 were rejected", spans: 3 }]]);
  collector.choose = () => null;
  expect(await exported()).toBe(0);
  expect(exporter.findings()).toEqual([]);
});

test("a receiver that does not answer holds up no stop", async () => {
  collector.choose = () => "hang";
  const patient = new Tracing({ ...receiver(), timeoutMs: 600_000 }, { sender, ...deps() });
  await new TracedPath(patient).record(recording)(contextOf("d_1"), decision(), async () => outcome);
  await patient.close();
  expect(collector.arrived).toHaveLength(1);
});
