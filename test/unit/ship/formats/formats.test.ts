import { readFileSync } from "node:fs";
import { formatter } from "../../../../gateway/ship/formats/format.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../../../gateway/lib/json.ts";
import { callMembers, decisionRecord } from "../../../support/ship/ship-log.ts";
import { sender } from "../../../support/ship/shipped.ts";

const page = readFileSync(new URL("../../../../docs/shipping.md", import.meta.url), "utf8");

/** Fields of the table behind a mark in docs/shipping.md. */
function documented(mark: string): string[] {
  const table = page.slice(page.indexOf(`<!-- ${mark}:`)).split("\n\n")[1] ?? "";
  const cells = table.split("\n").slice(2);
  return cells.flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, field = ""]) => field));
}

/** Paths of all values, lists as one. */
function fieldsOf(value: JsonValue, at = ""): string[] {
  if (!isJsonObject(value) || /^unmapped\.labels$/.test(at)) return [at];
  return Object.entries(value).flatMap(([name, inner]) => fieldsOf(inner, at === "" ? name : `${at}.${name}`));
}

const outcome = JSON.parse(`{"seq":8${callMembers("d_1", Date.UTC(2026, 10, 29))[1]}}`) as JsonObject;
const whole = (effect: "allow" | "deny" | "hold"): JsonObject => ({
  ...(decisionRecord(effect) as unknown as JsonObject),
  approval_id: "a_1",
  trace_id: "4bf92f3577b34da6a3ce929d0e0e4736",
  session: "s-1",
  rules: ["payments/limit"],
  protocol: "http",
  acting_for: "ann",
});
const ended = { ...outcome, code: "upstream_failed", upstream_status: 502 };

function mapped(format: "ocsf" | "ecs" | "opa", record: JsonObject): JsonObject | null {
  const text = formatter(format, sender)(JSON.stringify(record));
  return text === null ? null : (JSON.parse(text) as JsonObject);
}

test("a decision in OCSF has the fields of the table, and those that the class requires", () => {
  const events = (["allow", "deny", "hold"] as const).map((effect) => mapped("ocsf", whole(effect)) as JsonObject);
  const other = mapped("ocsf", { ...whole("allow"), protocol: "mcp", action: "call" }) as JsonObject;
  const fields = new Set([...events, other].flatMap((event) => fieldsOf(event)));
  expect([...fields].toSorted()).toEqual(documented("ocsf").toSorted());
  expect(
    events.map(({ action_id, disposition_id, status_id, severity_id }) => [
      action_id,
      disposition_id,
      status_id,
      severity_id,
    ]),
  ).toEqual([
    [1, 1, 1, 1],
    [2, 2, 2, 3],
    [99, 99, 99, 2],
  ]);
  expect(events[0]).toMatchObject({
    class_uid: 6003,
    activity_id: 1,
    type_uid: 600_301,
    time: Date.UTC(2026, 10, 29),
    metadata: { uid: "d_1", sequence: 7, correlation_uid: "a_1" },
    policy: { uid: "payments/limit" },
    actor: { user: { uid: "refund-bot" } },
    src_endpoint: { svc_name: "refund-bot" },
  });
  expect(other).toMatchObject({ activity_id: 99, activity_name: "call", type_uid: 600_399 });
  expect(mapped("ocsf", outcome)).toBeNull();
});

test("decisions and outcomes in ECS have the fields of the table", () => {
  const events = [whole("allow"), whole("deny"), ended].map((record) => mapped("ecs", record) as JsonObject);
  const fields = new Set(events.flatMap((event) => fieldsOf(event)));
  expect([...fields].toSorted()).toEqual(documented("ecs").toSorted());
  expect(events[1]).toMatchObject({
    "@timestamp": "2026-11-29T00:00:00.000Z",
    event: { type: ["access", "denied"], action: "deny", outcome: "failure", id: "d_1/decision", sequence: 7 },
    user: { id: "refund-bot" },
    rule: { id: ["payments/limit"] },
    transaction: { id: "d_1" },
  });
  expect(events[2]).toMatchObject({
    event: { action: "forwarded", outcome: "success", duration: 12_500_000, id: "d_1/outcome" },
    http: { response: { status_code: 200 } },
    error: { code: "upstream_failed" },
  });
  const { event } = events[1] as { event: { original: string } };
  expect(JSON.parse(event.original)).toEqual(whole("deny"));
  expect(mapped("ecs", { seq: 1, kind: "segment", timestamp: "2026-11-29T00:00:00.000Z" })).toMatchObject({
    event: { dataset: "sallyport.segment", type: ["info"], sequence: 1 },
  });
});

test("a line that is no record is in no format, and is left as it is where the format is the log's", () => {
  for (const format of ["ocsf", "ecs", "opa"] as const) expect(formatter(format, sender)("not JSON")).toBeNull();
  expect(formatter("record", sender)("not JSON")).toBe("not JSON");
  const poor = '{"seq":9,"kind":"decision","decision_id":"d_9"}';
  for (const format of ["ocsf", "ecs", "opa"] as const) expect(formatter(format, sender)(poor)).toContain("d_9");
});
