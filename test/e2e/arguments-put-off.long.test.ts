/**
 * Large arguments are built when somebody first reads them (ADR 118, 120), and known bytes stand for them in the record. The same value in a
 * spelling of which that does not hold goes the other way through the whole path: both ways must end alike.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "../../gateway/lib/json.ts";
import { addArgumentRules, loggedRecords } from "../support/argument-rules.ts";
import { eventually } from "../support/eventually.ts";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

let upstream: RecordingUpstream;
let gateway: TestGateway;
let callers = 0;

beforeAll(async () => {
  upstream = await recordingUpstream((_req, res, { body }) =>
    res.setHeader("content-type", "application/json").end(JSON.stringify({ said: String(body).length > 0 })),
  );
  gateway = await startGateway({
    routes: [paymentsRoute(upstream.origin)],
    policy: addArgumentRules,
    // Of the large ones the records have digests, which are those of their JSON text however it was spelled.
    config: { record: { arguments: { max: "4KiB" } } },
  });
});
afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));

/** Of one call alone: where and when it was, by whom, and its own bytes. */
const ofOneCall = new Set([
  ..."seq decision_id timestamp monotonic_ms duration_ms judged_digest forwarded_digest received_digest input_digest".split(
    " ",
  ),
  ..."session subject metrics time id like".split(" "),
]);

function comparable(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(comparable);
  if (!isJsonObject(value)) return value;
  const kept = Object.entries(value).filter(([name]) => !ofOneCall.has(name));
  return Object.fromEntries(kept.map(([name, one]) => [name, name === "approval_id" ? one !== null : comparable(one)]));
}

interface Ended {
  readonly status: number;
  readonly answer: JsonValue;
  /** What the tool server got; null for nothing. */
  readonly sent: JsonValue;
  readonly records: JsonValue;
}

/** Each call is the first one of its caller. */
async function ended(path: string, body: string): Promise<Ended> {
  upstream.requests.length = 0;
  callers += 1;
  const token = gateway.token({ sub: `caller-${callers}`, role: "refunds" }, "/payments");
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const response = await fetch(`${gateway.agents}/payments/v1/${path}`, { method: "POST", headers, body });
  const answer = (await response.json()) as JsonObject;
  const id = response.headers.get("sallyport-decision") ?? "";
  const records = await eventually("both records", async () => {
    const found = await loggedRecords(gateway, id);
    return found.length === 2 ? found : null;
  });
  const [sent] = upstream.requests;
  return {
    status: response.status,
    answer: comparable(Object.hasOwn(answer, "said") ? answer : { code: answer["code"] ?? answer["type"] ?? null }),
    sent: sent === undefined ? null : (JSON.parse(String(sent.body)) as JsonValue),
    records: comparable(records),
  };
}

const pad = "x".repeat(4_096);
const calls: readonly (readonly [what: string, status: number, path: string, said: JsonObject])[] = [
  ["that is forwarded", 200, "notes", { order_id: "o-881", reason: "none" }],
  ["with a URL", 200, "notes", { order_id: "o-881", reason: "see https://a.example:8443/x" }],
  ["with escapes and a number as it is printed", 200, "notes", { order_id: 'o-"881"\n', amount: 1.5 }],
  ["that policy takes a value out of", 200, "notes", { order_id: "o-881", reason: "ask ada@a.example" }],
  ["that is denied as it would be sent", 403, "notes", { order_id: "o-strict", reason: "card 4111" }],
  ["that people are asked about", 202, "refunds", { order_id: "o-881", amount: 12.5, currency: "EUR", reason: "none" }],
];

test.each(calls)(
  "a large call %s ends alike where its bytes are known and where its objects are",
  async (_what, status, path, said) => {
    const body = JSON.stringify({ ...said, pad });
    const known = await ended(path, body);
    expect(known.status).toBe(status);
    expect(await ended(path, `{ ${body.slice(1)}`)).toEqual(known);
  },
);

test.each(calls)(
  "a call %s ends alike where its arguments are put off and where they are there",
  async (_what, status, path, said) => {
    const body = JSON.stringify(said);
    const there = await ended(path, body);
    expect(there.status).toBe(status);
    expect(await ended(path, `${body}${" ".repeat(4_096)}`)).toEqual(there);
  },
);
