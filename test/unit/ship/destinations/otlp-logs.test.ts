import { gunzipSync } from "node:zlib";
import type { LogWriter } from "../../../../gateway/record/log-writer.ts";
import type { ShipTarget } from "../../../../gateway/domain/shipping.ts";
import { TestLog } from "../../../support/record/test-log.ts";
import { Collector } from "../../../support/ship/collector.ts";
import { appended, idsFrom, writeCalls } from "../../../support/ship/ship-log.ts";
import { otlpLogs } from "../../../../gateway/ship/formats/otlp-record.ts";
import { loopback, noTls, sender, shipperOf } from "../../../support/ship/shipped.ts";

let here: TestLog;
let writer: LogWriter;
let collector: Collector;
beforeEach(async () => {
  here = new TestLog();
  writer = here.writer();
  collector = await new Collector().listen();
});
afterEach(async () => {
  await writer.close();
  await collector.close();
  here.remove();
});

const target = (): ShipTarget => ({
  kind: "otlp",
  url: `${collector.url}/v1/logs`,
  token: null,
  tls: noTls,
  addresses: loopback,
});

interface Logs {
  readonly resourceLogs: readonly [
    {
      readonly resource: { readonly attributes: readonly { readonly key: string }[] };
      readonly scopeLogs: readonly [{ readonly logRecords: readonly LogRecord[] }];
    },
  ];
}

interface LogRecord {
  readonly timeUnixNano: string;
  readonly eventName: string;
  readonly severityText: string;
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
  readonly body: { readonly stringValue: string };
}

function logsIn({ body }: { readonly body: Buffer }): Logs {
  return JSON.parse(gunzipSync(body).toString()) as Logs;
}

test("sends every record as a log record, whose body is the whole of it, and no argument as attribute", async () => {
  await writeCalls(writer, idsFrom(0, 2), 1_795_910_400_123);
  expect(await shipperOf(here, target()).drain()).toBe(true);
  expect(collector.arrived.map(({ method, url, headers }) => [method, url, headers["content-type"]])).toEqual([
    ["POST", "/v1/logs", "application/json"],
  ]);
  const logs = logsIn(collector.arrived[0] as never);
  const [{ resource, scopeLogs }] = logs.resourceLogs;
  expect(resource.attributes).toContainEqual({ key: "service.instance.id", value: { stringValue: "gw-1" } });
  const records = scopeLogs[0].logRecords;
  expect(records.map(({ body }) => JSON.parse(body.stringValue) as unknown)).toEqual(here.lines());
  const [, decision, outcome] = records;
  expect([decision?.eventName, outcome?.eventName]).toEqual(["sallyport.decision", "sallyport.outcome"]);
  expect(decision?.timeUnixNano).toBe("1795910400123000000");
  expect(decision?.attributes).toContainEqual({ key: "sallyport.decision_id", value: { stringValue: "d_0" } });
  expect(decision?.attributes).toContainEqual({ key: "sallyport.effect", value: { stringValue: "allow" } });
  const values = JSON.stringify(decision?.attributes);
  const input = (here.lines()[1] as unknown as { input: { context: { arguments: object } } }).input;
  for (const value of Object.values(input.context.arguments)) expect(values).not.toContain(JSON.stringify(value));
});

test("an interruption of the log is an error, a call that is refused a warning", () => {
  const at = { seq: 1, timestamp: "2026-11-29T00:00:00.000Z" };
  const kinds = [
    { ...at, kind: "interruption" },
    { ...at, kind: "decision", result: { effect: "deny" } },
    { ...at, kind: "outcome", outcome: "failed" },
    { ...at, kind: "receipt" },
  ];
  const logs = otlpLogs(kinds, sender, 0) as Logs;
  expect(logs.resourceLogs[0].scopeLogs[0].logRecords.map(({ severityText }) => severityText)).toEqual([
    ...["ERROR", "WARN", "WARN", "INFO"],
  ]);
});

test.each([
  { status: 413 },
  // The OpenTelemetry Collector, for a body above `max_request_body_size`.
  { status: 400, body: '{"code":3,"message":"http: request body too large"}' },
])(
  "$status makes requests smaller, and what a collector says that it rejects is counted and not sent again",
  async (tooLarge) => {
    await writeCalls(writer, idsFrom(0, 10));
    collector.answers.push(tooLarge);
    const rejected = { partialSuccess: { rejectedLogRecords: "3", errorMessage: "too old" } };
    collector.answers.push({ status: 200, body: JSON.stringify(rejected) });
    const shipper = shipperOf(here, target());
    expect(await shipper.drain()).toBe(true);
    const counts = collector.arrived.map((one) => logsIn(one).resourceLogs[0].scopeLogs[0].logRecords.length);
    expect(counts).toEqual([21, 11, 10]);
    expect(await shipper.state()).toMatchObject({ reduced: 3, sent: 21, records: 0 });
  },
);

test("a record that is too large goes with less and less, and what was erased before stays told", async () => {
  const huge = "x".repeat(300_000);
  const erased = ["/input/secret", "/note"];
  const at = { timestamp: "2026-11-29T00:00:00.000Z" };
  await appended(
    writer,
    `,${JSON.stringify({ kind: "decision", decision_id: "d_1", ...at, input: huge, erased }).slice(1, -1)}`,
  );
  const outcome = {
    kind: "outcome",
    decision_id: "d_2",
    ...at,
    outcome: "failed",
    response_digest_omitted: "off",
    error: huge,
  };
  await appended(writer, `,${JSON.stringify(outcome).slice(1, -1)}`);
  collector.choose = (request) => (gunzipSync(request.body).length > 100_000 ? { status: 413 } : null);
  const shipper = shipperOf(here, target());
  expect(await shipper.drain()).toBe(true);
  const took = collector.arrived.filter(({ body }) => gunzipSync(body).length <= 100_000);
  const bodies = took.flatMap((one) =>
    logsIn(one).resourceLogs[0].scopeLogs[0].logRecords.map(({ body }) => JSON.parse(body.stringValue) as object),
  );
  expect(bodies.slice(-2)).toEqual([
    expect.objectContaining({ decision_id: "d_1", input: null, erased: ["/note", "/input"] }),
    {
      seq: 3,
      kind: "outcome",
      decision_id: "d_2",
      ...at,
      outcome: "failed",
      response_digest_omitted: "off",
      erased: ["/error"],
    },
  ]);
  expect(await shipper.state()).toMatchObject({ reduced: 2, records: 0 });
});
