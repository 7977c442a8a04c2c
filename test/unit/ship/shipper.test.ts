import { randomBytes } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../../gateway/compose/clock-and-ids.ts";
import type { DecisionRecord } from "../../../gateway/domain/decision-record.ts";
import type { LogWriter } from "../../../gateway/record/log-writer.ts";
import { createDestination } from "../../../gateway/ship/destinations/create-destination.ts";
import { rootAuthority, issue, selfSigned } from "../../support/certificates.ts";
import { eventually } from "../../support/eventually.ts";
import { TestLog } from "../../support/record/test-log.ts";
import { Collector } from "../../support/ship/collector.ts";
import { appended, callMembers, idsFrom, ReferringCalls, writeCalls } from "../../support/ship/ship-log.ts";
import { destinationDuring, opaTarget, sender, shipperOf } from "../../support/ship/shipped.ts";

let here: TestLog;
let writer: LogWriter;
let collector: Collector;
beforeEach(async () => {
  here = new TestLog();
  writer = here.writer({ segmentBytes: 50_000 });
  collector = await new Collector().listen();
});
afterEach(async () => {
  await writer.close();
  await collector.close();
  here.remove();
});

const cursorPath = () => join(here.dir, "ship", "siem.json");

/** Every id arrived, and no id with two contents. */
function expectAll(count: number, first = 0): void {
  const found = collector.byId();
  expect([...found.keys()].toSorted()).toEqual(idsFrom(first, count).toSorted());
  expect([...found.values()].filter((texts) => texts.size > 1)).toEqual([]);
}

test("sends every decision once, in order, in chunks under the limit, and goes on after a restart", async () => {
  await writeCalls(writer, idsFrom(0, 100));
  const shipper = shipperOf(here, opaTarget(collector.url, 4_096));
  expect(await shipper.drain()).toBe(true);
  expect(collector.events.map((event) => event["decision_id"])).toEqual(idsFrom(0, 100));
  expect(collector.arrived.length).toBeGreaterThan(2);
  for (const { body, headers } of collector.arrived) {
    expect(body.length).toBeLessThanOrEqual(4_096);
    expect(headers).toMatchObject({
      authorization: "Bearer t-1",
      "content-encoding": "gzip",
      "user-agent": "Sallyport",
    });
  }
  await writeCalls(writer, idsFrom(100, 10));
  const again = shipperOf(here, opaTarget(collector.url));
  expect(await again.drain()).toBe(true);
  expect(collector.events.length).toBe(110);
  expect(await again.state()).toMatchObject({ name: "siem", records: 0, seconds: 0, error: null, missed: 0 });
});

test.each([
  ["refuses with 500", { status: 500 }, /answered 500/],
  [
    "refuses with 400, as for a wrong configuration",
    { status: 400, body: "no\nsuch\u001b[31m tenant" },
    /answered 400: no such/,
  ],
  ["refuses the token", { status: 401 }, /answered 401/],
  ["redirects", { status: 302, headers: { location: "http://127.0.0.1:1/" } }, /redirects are not followed/],
  ["cuts the connection", "reset", /could not be reached \(ECONNRESET\)/],
  ["answers 200 and breaks off within the answer", "half", /could not be reached \(ECONNRESET\)/],
] as const)("a collector that %s gets the same again, later and later", async (_what, answer, problem) => {
  await writeCalls(writer, idsFrom(0, 20));
  collector.answers.push(...Array.from({ length: 5 }, () => answer));
  const shipper = shipperOf(here, opaTarget(collector.url));
  shipper.start();
  await eventually("all arrived", () => (collector.byId().size === 20 ? true : null));
  await shipper.stop(1_000);
  expectAll(20);
  expect(shipper.sleeps.slice(0, 5)).toEqual([75, 150, 300, 600, 750]);
  expect(shipper.told).toEqual([expect.stringMatching(problem)]);
});

test("a token that a collector repeats in its answer is shown nowhere", async () => {
  await writeCalls(writer, idsFrom(0, 1));
  const odd = 'se"cret&<1>';
  const destination = createDestination(
    { to: opaTarget(collector.url), timeoutMs: 5_000 },
    { dir: here.log, sender, clock: systemClock, secret: () => odd },
  );
  const repeated = `${odd} ${JSON.stringify(odd)} ${encodeURIComponent(odd)} se&quot;cret&amp;&lt;1&gt;`;
  // The last one would be cut within itself.
  collector.answers.push({ status: 401, body: `${repeated} ${"x".repeat(140)} ${odd}` });
  const shipper = shipperOf(here, opaTarget(collector.url), { destination });
  expect(await shipper.drain()).toBe(false);
  expect((await shipper.state()).error).toMatch(
    /^answered 401: \[secret\] "\[secret\]" \[secret\] \[secret\] x+ \[secr/,
  );
  expect(shipper.told.join()).not.toMatch(/se.{0,6}cret.{0,6}1/);
});

test("Retry-After is kept, and a collector that answers 200 and closes has taken it", async () => {
  await writeCalls(writer, idsFrom(0, 20));
  collector.answers.push(
    { status: 429, headers: { "retry-after": "7" } },
    { status: 503, headers: { "retry-after": "9" } },
    "close",
  );
  const shipper = shipperOf(here, opaTarget(collector.url));
  shipper.start();
  await eventually("all arrived", () => (collector.byId().size === 20 ? true : null));
  await shipper.stop(1_000);
  expect(shipper.sleeps.slice(0, 2)).toEqual([7_000, 9_000]);
  expect(collector.events.length).toBe(20);
});

test("a collector that hangs is left after the time of an attempt, and its lag is told meanwhile", async () => {
  await writeCalls(writer, idsFrom(0, 20));
  collector.answers.push("hang");
  const clock = { now: () => Date.now() + 60_000, monotonic: () => performance.now() };
  const shipper = shipperOf(here, opaTarget(collector.url), { timeoutMs: 500, clock });
  expect(await shipper.drain()).toBe(false);
  const { records, seconds, error } = await shipper.state();
  expect({ records, error }).toEqual({ records: 41, error: "did not answer in time" });
  expect(seconds).toBeGreaterThanOrEqual(60);
  expect(await shipper.drain()).toBe(true);
  expectAll(20);
});

test("the lag is that of the oldest record that waits, whatever time its arguments have in them", async () => {
  const began = Date.UTC(2026, 10, 30);
  const calls = new ReferringCalls();
  const args = { timestamp: "2001-01-01T00:00:00.000Z", text: ',"timestamp":"2001-01-01T00:00:00.000Z"' };
  await calls.write(writer, idsFrom(0, 3), began, args);
  const clock = { now: () => began + 90_000, monotonic: () => performance.now() };
  const shipper = shipperOf(here, opaTarget(collector.url), { clock });
  expect(await shipper.drain()).toBe(true);
  await calls.write(writer, idsFrom(3, 2), began + 60_000, args);
  collector.answers.push({ status: 500 });
  expect(await shipper.drain()).toBe(false);
  expect(await shipper.state()).toMatchObject({ seconds: 30 });
  expect(await shipper.drain()).toBe(true);
  expectAll(5);
});

test("413 makes chunks smaller; a record that no chunk can hold goes without what was asked", async () => {
  const huge = callMembers("d_huge", Date.now())[0]?.replace(
    '"context":{',
    `"context":{"filler":"${"ä🙂".repeat(400_000)}",`,
  );
  await writeCalls(writer, idsFrom(0, 10));
  await appended(writer, huge ?? "");
  await writeCalls(writer, idsFrom(10, 10));
  collector.choose = ({ body }) => (body.length > 2_500 ? { status: 413 } : null);
  const shipper = shipperOf(here, opaTarget(collector.url));
  expect(await shipper.drain()).toBe(true);
  expect([...collector.byId().keys()].toSorted()).toEqual([...idsFrom(0, 20), "d_huge"].toSorted());
  const event = collector.events.find((one) => one["decision_id"] === "d_huge");
  expect(event).toMatchObject({ input: null, erased: ["/input"], result: { effect: "allow" } });
  expect(await shipper.state()).toMatchObject({ reduced: 1, missed: 0, records: 0 });
  // One that the collector takes is sent whole, however large.
  collector.choose = () => null;
  rmSync(cursorPath());
  collector.events.length = 0;
  expect(await shipperOf(here, opaTarget(collector.url)).drain()).toBe(true);
  expect(JSON.stringify(collector.events.find((one) => one["decision_id"] === "d_huge")).length).toBeGreaterThan(
    1_000_000,
  );
});

test("a record that is too large even without its input holds up nothing: what finds it in the log is sent", async () => {
  const [members = ""] = callMembers("d_huge", Date.now());
  const huge = members
    .replace('"reasons":[', `"reasons":[{"code":"x","message":"${randomBytes(20_000).toString("hex")}"},`)
    .replace('"erased":[', '"erased":["/input/a","/labels/b",')
    .replace(/,\]/g, "]");
  await writeCalls(writer, idsFrom(0, 2));
  await appended(writer, huge);
  await writeCalls(writer, idsFrom(2, 2));
  collector.choose = ({ body }) => (body.length > 3_000 ? { status: 413 } : null);
  const shipper = shipperOf(here, opaTarget(collector.url));
  expect(await shipper.drain()).toBe(true);
  expect([...collector.byId().keys()].toSorted()).toEqual([...idsFrom(0, 4), "d_huge"].toSorted());
  const record = here.lines().find((one) => one.decision_id === "d_huge") as unknown as DecisionRecord;
  const event = collector.events.find((one) => one["decision_id"] === "d_huge");
  expect(event).toMatchObject({
    req_id: record.seq,
    kind: "decision",
    timestamp: record.timestamp,
    path: record.path,
    input_digest: record.input_digest,
    judged_digest: record.judged_digest,
    result: { effect: "allow" },
  });
  expect(event?.["erased"]).toEqual(expect.arrayContaining(["/input", "/result", "/route", "/input/a", "/labels/b"]));
  expect(await shipper.state()).toMatchObject({ reduced: 1, missed: 0, records: 0 });
});

test("a cursor that is damaged has the whole log sent again, and one that cannot be kept stops nothing", async () => {
  await writeCalls(writer, idsFrom(0, 20));
  expect(await shipperOf(here, opaTarget(collector.url)).drain()).toBe(true);
  writeFileSync(cursorPath(), readFileSync(cursorPath(), "utf8").slice(0, 30));
  const shipper = shipperOf(here, opaTarget(collector.url));
  expect(await shipper.drain()).toBe(true);
  expect(collector.events.length).toBe(40);
  expectAll(20);
  expect(shipper.told).toEqual([expect.stringContaining("siem.json is damaged; the whole log is sent again")]);
  rmSync(join(here.dir, "ship"), { recursive: true });
  writeFileSync(join(here.dir, "ship"), "no folder");
  await writeCalls(writer, idsFrom(20, 5));
  expect(await shipper.drain()).toBe(true);
  expectAll(25);
  expect((await shipper.state()).error).toMatch(/how far it has come cannot be kept: Error: E/);
  rmSync(join(here.dir, "ship"));
  await writeCalls(writer, idsFrom(25, 5));
  expect(await shipper.drain()).toBe(true);
  expect((await shipper.state()).error).toBeNull();
});

test("a certificate that is not vouched for gets nothing; the gateway shows its own where the collector wants one", async () => {
  const [root, other] = await Promise.all([rootAuthority("root"), rootAuthority("other")]);
  const names = [{ type: "ip" as const, value: "127.0.0.1" }];
  const [server, client, wrong] = await Promise.all([
    issue(root, { names }),
    issue(other, {}),
    selfSigned("collector"),
  ]);
  const file = (name: string, text: string): string => {
    writeFileSync(join(here.dir, name), text);
    return join(here.dir, name);
  };
  const caFile = file("ca.pem", root.certPem);
  const clientFiles = { certFile: file("client.pem", client.certPem), keyFile: file("client.key", client.keyPem) };
  await writeCalls(writer, idsFrom(0, 3));
  const impostor = await new Collector({ cert: wrong.certPem, key: wrong.keyPem }).listen();
  const refused = shipperOf(here, opaTarget(impostor.url, 32_768, { caFile, client: null }));
  expect(await refused.drain()).toBe(false);
  expect((await refused.state()).error).toMatch(/could not be reached \((DEPTH_ZERO_)?SELF_SIGNED_CERT/);
  expect(impostor.arrived).toEqual([]);
  await impostor.close();
  const wanting = { requestCert: true, rejectUnauthorized: true, ca: other.certPem };
  const real = await new Collector({ cert: server.certPem, key: server.keyPem, ...wanting }).listen();
  const nameless = shipperOf(here, opaTarget(real.url, 32_768, { caFile, client: null }));
  expect(await nameless.drain()).toBe(false);
  expect(real.arrived).toEqual([]);
  expect(await shipperOf(here, opaTarget(real.url, 32_768, { caFile, client: clientFiles })).drain()).toBe(true);
  expect(real.events.length).toBe(3);
  await real.close();
});

test("what is appended while a batch is under way is sent too before it stops", async () => {
  await writeCalls(writer, idsFrom(0, 5));
  let stopped = Promise.resolve();
  let isFirst = true;
  const destination = destinationDuring(here, opaTarget(collector.url), async () => {
    if (!isFirst) return;
    isFirst = false;
    stopped = shipper.stop(10_000);
    await writeCalls(writer, idsFrom(5, 5));
  });
  const shipper = shipperOf(here, opaTarget(collector.url), { destination });
  shipper.start();
  await eventually("it is told to stop", () => (isFirst ? null : true));
  await stopped;
  expectAll(10);
});
