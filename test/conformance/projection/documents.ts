import fc from "fast-check";
import { seenBefore } from "../../../gateway/domain/provenance.ts";

type Value = fc.JsonValue;

/** Few texts, so that members, names and values often meet. */
const words = fc.constantFrom(
  ...["", "id", "approved", "none", "session", "tools/call", "refunds", "support", "payments", "get_order", "crm", "*"],
  ...[
    "create/refund",
    "read:private",
    "open",
    "labels",
    "context",
    "UTC",
    "low",
    "high",
    "external",
    "internal",
    'ä"\n',
  ],
  ...["__proto__", "constructor", "https", "status.partner.example", "tool", "server", "mcp", "http", "dpop"],
);
const scalars = fc.oneof(words, fc.boolean(), fc.constant(null), fc.constantFrom(0, 1, -1, 14, 1.5, 1e21, 499, 501));
const anything: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    scalars,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(words, tie("value"), { maxKeys: 3 }),
  ),
})).value;

const list = (item: fc.Arbitrary<Value>): fc.Arbitrary<Value> => fc.array(item, { maxLength: 3 });

/** An object of the contract in which members may lack, be of another type, and have company. */
function part(members: Readonly<Record<string, fc.Arbitrary<Value>>>): fc.Arbitrary<Value> {
  const known = Object.fromEntries(
    Object.entries(members).map(([name, value]) => [
      name,
      fc.oneof(
        { weight: 12, arbitrary: value.map((each) => [each]) },
        { weight: 1, arbitrary: anything.map((each) => [each]) },
        { weight: 1, arbitrary: fc.constant([] as Value[]) },
      ),
    ]),
  );
  const extra = fc.oneof(
    { weight: 5, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.dictionary(words, anything, { maxKeys: 2 }) },
  );
  return fc.tuple(fc.record(known), extra).map(([record, more]) => {
    const object: Record<string, Value> = {};
    for (const [name, value] of Object.entries(more)) define(object, name, value);
    for (const [name, held] of Object.entries(record))
      if (held.length === 1) define(object, name, (held as [Value])[0]);
    return object;
  });
}

function define(object: Record<string, Value>, name: string, value: Value): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

const oneOf = (...values: Value[]): fc.Arbitrary<Value> => fc.constantFrom(...values);
const subject = part({
  type: oneOf("agent", "user"),
  id: words,
  properties: part({
    roles: list(words),
    claims: fc.dictionary(words, anything, { maxKeys: 3 }),
    proof: part({ method: oneOf("none", "dpop", "mtls"), key: words }),
    acting_for: fc.oneof(oneOf(null), part({ id: words, claims: part({ team: words }) })),
  }),
});
const action = part({
  name: oneOf("tools/call", "tools/list", "session", "ping"),
  properties: part({ protocol: oneOf("http", "mcp"), method: oneOf("POST") }),
});
const resource = part({
  type: oneOf("tool", "server", "prompt"),
  id: words,
  properties: part({
    server: oneOf("payments", "crm"),
    tool: oneOf("get_order", "create_refund", "create/refund", "post_update", "read_customer", "*"),
    request: part({
      host: words,
      path: words,
      segments: list(words),
      query: list(fc.tuple(words, words)),
      headers: part({ "x-action": words }),
    }),
    catalog: part({
      known: fc.boolean(),
      sensitivity: oneOf("low", "medium", "high"),
      reversible: fc.boolean(),
      sink: oneOf("none", "internal", "external"),
      external_if: list(oneOf("/url", "/id")),
      mutates: fc.boolean(),
      destination: list(oneOf("/url")),
      labels: list(words),
      facts: part({ hours: oneOf("office", "any"), approval: oneOf("always", "tainted") }),
    }),
    definition: part({ changed: fc.boolean() }),
  }),
});
const url = part({
  pointer: oneOf("/url", "/id"),
  scheme: oneOf("https", "http"),
  host: words,
  port: oneOf(null, 443),
});
const seen = oneOf(...seenBefore);
const valueFact = part({
  pointer: oneOf("/url", "/id", "/id/0", ""),
  role: oneOf("destination", "target", "address", "value"),
  kind: oneOf("email", "url", "account", "phone", "number", "date", "path", "word", "name", "text"),
  seen,
  inside: fc.boolean(),
  host: fc.oneof(seen, oneOf(null)),
  identified: fc.boolean(),
  back: fc.boolean(),
  tool: fc.oneof(words, oneOf(null)),
  ago: oneOf(null, 30),
});
const context = part({
  arguments: fc.oneof(
    fc.dictionary(words, anything, { maxKeys: 3 }),
    part({ amount: oneOf(10, 501), order_id: words, url: oneOf("https://status.partner.example") }),
  ),
  arguments_omitted: fc.boolean(),
  urls: list(url),
  provenance: list(valueFact),
  secrets: list(
    part({ pointer: oneOf("/url", ""), server: oneOf("payments", "crm"), identified: fc.boolean(), led: fc.boolean() }),
  ),
  copied: list(oneOf("/url", "/id")),
  completes: oneOf(null, true, false),
  before: part({ same: fc.boolean(), there: oneOf(0, 1, 3) }),
  asked: oneOf(null, true, false),
  task: fc.oneof(oneOf(null), part({ tools: list(words), state: oneOf("open", "shut") })),
  session: part({
    id: words,
    calls: oneOf(0, 5),
    labels: list(fc.oneof(words, oneOf("read:private", "read:untrusted", "provenance:forgotten"))),
    history: list(part({ tool: words, labels: list(words) })),
  }),
  approval: part({
    status: oneOf("none", "approved", "denied", "expired"),
    id: words,
    approvers: list(words),
    age: oneOf(null, 10, 400),
    scope: oneOf("once", null),
    reason: words,
  }),
  risk: part({ score: oneOf(null, 0.4), signals: list(anything) }),
  time: part({
    ns: oneOf(1_790_000_000_000_000_000, 5),
    weekday: oneOf("Tuesday", "Sunday"),
    hour: oneOf(3, 14),
    zone: oneOf("UTC"),
  }),
  gateway: part({ environment: words }),
});

/** Documents around the policy contract. */
export const documents: fc.Arbitrary<Value> = part({
  contract: oneOf(1, 2),
  phase: oneOf("call", "list", "result"),
  subject,
  action,
  resource,
  context,
});
