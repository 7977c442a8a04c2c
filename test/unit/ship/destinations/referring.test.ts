import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import type { ShipTarget } from "../../../../gateway/domain/shipping.ts";
import { likeText, SharedRecord } from "../../../../gateway/record/decision/shared-record.ts";
import { WholeRecords } from "../../../../gateway/record/decision/whole-records.ts";
import type { LogWriter } from "../../../../gateway/record/log-writer.ts";
import { TestLog } from "../../../support/record/test-log.ts";
import { Collector } from "../../../support/ship/collector.ts";
import { loopback, noTls, opaTarget, shipperOf } from "../../../support/ship/shipped.ts";

const COUNT = 400;
const { whole } = WholeRecords.prototype;
let here: TestLog;
let writer: LogWriter;
let collector: Collector;
/** Records that were made whole. */
let made = 0;
beforeEach(async () => {
  here = new TestLog();
  writer = here.writer();
  await writer.open();
  collector = await new Collector().listen();
  made = 0;
  WholeRecords.prototype.whole = function counted(line) {
    made += 1;
    return whole.call(this, line);
  };
  // Short lines, each of a record of 8 KB: in the log some 100 KB, whole 3 MB.
  const claims = new SharedRecord(`{"input":{"claims":"${randomBytes(6_000).toString("base64url")}"}}`);
  await Promise.all(Array.from({ length: COUNT }, (_, n) => written(n, claims)));
});
afterEach(async () => {
  WholeRecords.prototype.whole = whole;
  await writer.close();
  await collector.close();
  here.remove();
});

function written(n: number, claims: SharedRecord): Promise<void> {
  const own = randomBytes(30).toString("base64url");
  const members = `,"kind":"decision","decision_id":"d_${n}"${likeText([claims])},"timestamp":"2026-11-26T08:00:00.000Z","input":{"own":"${own}"}`;
  return new Promise((done, failed) =>
    writer.append(members, (error) => (error === null ? done() : failed(error)), [claims]),
  );
}

const otlp = (): ShipTarget => ({
  kind: "otlp",
  url: `${collector.url}/v1/logs`,
  token: null,
  tls: noTls,
  addresses: loopback,
});

/** Numbers of the decisions in a request. By the member's name: the random texts of the records end like an id now and then. */
const idsIn = (text: string): number[] =>
  [...text.matchAll(/"decision_id\\?":\\?"d_(\d+)/g)].map(([, number]) => Number(number));

test.each<[string, number, () => ShipTarget]>([
  ["opa", 1_048_576, () => opaTarget(collector.url)],
  ["otlp", 524_288, otlp],
])(
  "requests to %s have about %d characters of whole records at most, and each is made whole about once",
  async (_kind, most, to) => {
    // Beside a busy machine a request of a megabyte takes seconds, and one that is given up is sent again.
    const shipper = shipperOf(here, to(), { timeoutMs: 60_000 });
    expect(await shipper.drain()).toBe(true);
    const texts = collector.arrived.map(({ body }) => gunzipSync(body).toString());
    expect(texts.flatMap(idsIn).toSorted((a, b) => a - b)).toEqual(Array.from({ length: COUNT }, (_, n) => n));
    for (const text of texts) expect(text.length).toBeLessThan(most * 1.2);
    expect(texts.length).toBeGreaterThan(2);
    // For each request one that it has no room for, and a second look at a chunk that did not fit.
    const lines = here.lines().length;
    expect(made).toBeLessThan(3 * lines);
  },
);
