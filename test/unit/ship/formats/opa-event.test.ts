import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../../../../demo/gate/config-file.ts";
import type { JsonObject, JsonValue } from "../../../../gateway/lib/json.ts";
import { opaEvent } from "../../../../gateway/ship/formats/opa-event.ts";
import { eventually } from "../../../support/eventually.ts";
import { Collector } from "../../../support/ship/collector.ts";
import { decisionRecord } from "../../../support/ship/ship-log.ts";
import { sender } from "../../../support/ship/shipped.ts";

const opa = fileURLToPath(new URL("../../../../.tools/bin/opa", import.meta.url));
const policy = 'package sallyport.main\n\ndecision := {"effect": "allow"}\n';
const mask =
  'package system.log\n\nmask contains "/input/secret"\n\nmask contains {"op": "upsert", "path": "/input/card", "value": "**"}\n';

/** Type of a value as JSON has it; of the first item for a list. */
function typeOf(value: JsonValue | undefined): string {
  if (Array.isArray(value)) return `list of ${typeOf(value[0])}`;
  return value === null ? "null" : typeof value;
}

/** What a real OPA posts for one decision. */
async function eventOfOpa(): Promise<{ event: JsonObject; headers: Record<string, unknown>; url: string }> {
  const dir = mkdtempSync(join(tmpdir(), "opa-"));
  const collector = await new Collector().listen();
  writeFileSync(join(dir, "policy.rego"), policy);
  writeFileSync(join(dir, "mask.rego"), mask);
  const reporting = { min_delay_seconds: 1, max_delay_seconds: 1 };
  const config = { services: { logs: { url: collector.url } }, decision_logs: { service: "logs", reporting } };
  writeFileSync(join(dir, "config.json"), JSON.stringify({ ...config, labels: { environment: "test" } }));
  const address = `127.0.0.1:${await freePort()}`;
  const server = spawn(opa, ["run", "-s", "-c", "config.json", "--addr", address, "policy.rego", "mask.rego"], {
    cwd: dir,
    stdio: "ignore",
  });
  try {
    await eventually("OPA decides", () =>
      fetch(`http://${address}/v1/data/sallyport/main/decision`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ input: { secret: "x", card: "1", amount: 1 } }),
      }).then(
        ({ ok }) => (ok ? true : null),
        () => null,
      ),
    );
    const event = await eventually("OPA posts", () => (collector.events[0] as JsonObject | undefined) ?? null);
    const { headers, url } = collector.arrived[0] ?? { headers: {}, url: "" };
    return { event, headers, url };
  } finally {
    const ended = new Promise((done) => server.once("exit", done));
    server.kill();
    await ended;
    await collector.close();
    rmSync(dir, { recursive: true });
  }
}

test("an event has every member of a real OPA's event, of the same type, and is posted in the same way", async () => {
  const { event, headers, url } = await eventOfOpa();
  const record = decisionRecord();
  const ours = JSON.parse(
    JSON.stringify(opaEvent({ ...record, erased: ["/input/secret"], masked: ["/input/card"] }, sender)),
  ) as JsonObject;
  expect(url).toBe("/logs");
  expect(headers).toMatchObject({ "content-encoding": "gzip", "content-type": "application/json" });
  expect(Object.keys(event).toSorted()).toEqual([
    "decision_id",
    "erased",
    "input",
    "labels",
    "masked",
    "metrics",
    "path",
    "req_id",
    "requested_by",
    "result",
    "timestamp",
  ]);
  const typesOf = (one: JsonObject): object =>
    Object.fromEntries(Object.keys(event).map((name) => [name, typeOf(one[name])]));
  expect(typesOf(ours)).toEqual(typesOf(event));
  expect(ours["path"]).toBe(event["path"]);
  expect(ours["erased"]).toEqual(event["erased"]);
  expect(ours["masked"]).toEqual(event["masked"]);
  const labels = event["labels"] as JsonObject;
  for (const label of Object.keys(labels))
    expect(typeOf((ours["labels"] as JsonObject)[label])).toBe(typeOf(labels[label]));
  expect(Object.keys(event["metrics"] as JsonObject)).toContain("timer_rego_query_eval_ns");
  expect(ours["metrics"]).toMatchObject({ timer_rego_query_eval_ns: expect.any(Number) });
  // RFC 3339 in UTC, as OPA has it with more digits.
  for (const one of [ours, event]) expect(one["timestamp"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,9}Z$/);
});

test("what OPA leaves out when there is none is left out, and ours stands beside", () => {
  const record = { ...decisionRecord(), trace_id: null, subject: null, bundles: {}, erased: [], masked: [] };
  const ours = opaEvent(record, sender) as JsonObject;
  for (const name of ["trace_id", "requested_by", "bundles", "erased", "masked"])
    expect(ours).not.toHaveProperty([name]);
  const { rules, route, judged_digest: judged } = record;
  expect(ours).toMatchObject({ rules, route, judged_digest: judged, labels: { id: "gw-1", version: "1.2.3" } });
  const labelled = opaEvent(record, { ...sender, labels: { region: "eu" } });
  expect(labelled).toMatchObject({ labels: { id: "gw-1", region: "eu", environment: record.labels.environment } });
});
