import { readFileSync } from "node:fs";
import { checkDataFiles } from "../../../../gateway/bundles/data/check-data.ts";
import { documentJsonSchema, documentNames } from "../../../../gateway/bundles/data/documents.ts";
import { readSources } from "../../../../gateway/bundles/sources.ts";
import { readOnlyPolicy } from "../../../support/policy-copy.ts";

/** `file:line:column: message` of every mistake. */
function told(files: Readonly<Record<string, string>>): string[] {
  const sources = Object.entries(files).map(([path, text]) => ({ path, bytes: Buffer.from(text) }));
  return checkDataFiles(sources).problems.map(
    ({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`,
  );
}

const CATALOG = "sallyport/catalog/data.yaml";
const library = readOnlyPolicy();

test("finds nothing wrong in the library's own data", async () => {
  expect(checkDataFiles((await readSources(library)).files)).toEqual({
    problems: [],
    warnings: [],
    merged: [],
    whole: null,
  });
});

test.each(documentNames)("keeps rego/schemas/%s.json the schema that data is checked by", (name) => {
  const kept = readFileSync(`${library}/schemas/${name}.json`, "utf8");
  expect(JSON.parse(kept)).toEqual(JSON.parse(documentJsonSchema(name)));
});

test("tells all mistakes of a catalog at once, each with its place and what was meant", () => {
  const text = [
    "payments:",
    "  get_order: { sensitivity: lowe, reversible: yes }",
    "  list_refunds:",
    "    sensitivty: low",
    "    sink: extern",
    "  # a tool without facts is known, and every fact of it the worst",
    "  rotate_keys: {}",
    "  create_refund: low",
  ].join("\n");
  expect(told({ [CATALOG]: text })).toEqual([
    `${CATALOG}:2:29: payments.get_order.sensitivity: expected one of low, medium, high (did you mean low?)`,
    `${CATALOG}:2:47: payments.get_order.reversible: expected true or false, got text`,
    `${CATALOG}:4:5: payments.list_refunds.sensitivty: unknown field (did you mean sensitivity?)`,
    `${CATALOG}:5:11: payments.list_refunds.sink: expected one of none, internal, external (did you mean external?)`,
    `${CATALOG}:8:18: payments.create_refund: expected a mapping, got text`,
  ]);
});

test.each([
  [
    "limits",
    "payments:\n  create_refund:\n    amount: { max: 5, abov: 0 }",
    [
      "3:23: payments.create_refund.amount.abov: unknown field (did you mean above?)",
      "3:13: payments.create_refund.amount.above: is required",
    ],
  ],
  [
    "approvers",
    "payments: { role: a, count: 0, approve_within: 1, execute_within: 1, justification: no }",
    ["1:29: payments.count: must be at least 1", "1:85: payments.justification: expected true or false, got text"],
  ],
  [
    "two_people",
    "payments:\n  refund: { argument: a, up_to: '5', role: r, approve_within: 1, execute_within: 1, proof: pass_key }",
    [
      "2:33: payments.refund.up_to: expected a number, got text",
      "proof: expected one of session, reauthenticated, passkey (did you mean passkey?)",
    ],
  ],
  [
    "entitlements",
    "support:\n  crm: { tool: { a: true }, methods: { b: 'yes' } }",
    [
      "2:10: support.crm.tool: unknown field (did you mean tools?)",
      "2:43: support.crm.methods.b: expected true or false, got text",
    ],
  ],
  [
    "destinations",
    "crm:\n  hosts: { 'https://a.example': [443], b.example: [\"443\"] }",
    [
      '2:12: crm.hosts["https://a.example"]: expected a host in lower case',
      '2:52: crm.hosts["b.example"][0]: expected a number, got text',
    ],
  ],
  [
    "catalog",
    "mail:\n  send: { sink: outside, destination: [to], returns: { own_txt: true }, facts: { hours: ofice, tier: 1 } }",
    [
      "2:17: mail.send.sink: expected one of none, internal, external",
      "mail.send.destination[0]: expected a JSON pointer such as /to",
      "mail.send.returns.own_txt: unknown field (did you mean own_text?)",
      "mail.send.facts.hours: expected one of any, office (did you mean office?)",
    ],
  ],
  [
    "provenance",
    "rules: { destinaton: hold, act: ask }",
    [
      "1:10: rules.destinaton: unknown field (did you mean destination?)",
      "1:33: rules.act: expected one of hold, deny, shadow, off",
    ],
  ],
  [
    "site",
    "inside: ['https://corp.example']\nhosts_opt_in: 'yes'",
    [
      "1:10: inside[0]: expected a domain in lower case, without scheme, port and path",
      "2:15: hosts_opt_in: expected true or false, got text",
    ],
  ],
  ["envoy", "server: [a]", ["1:1: server: unknown field (did you mean servers?)"]],
])("refuses a field of %s that no rule reads, and a value of another kind", (name, text, expected) => {
  const problems = told({ [`sallyport/${name}/data.yaml`]: text });
  for (const one of expected) expect(problems).toContainEqual(expect.stringContaining(one));
});

test("refuses a name that is there twice, in YAML and in JSON", () => {
  const twice = "payments:\n  a: { sensitivity: low }\ncrm: {}\npayments:\n  b: { sensitivity: low }\n";
  expect(told({ [CATALOG]: twice })).toEqual([`${CATALOG}:4:1: payments is there twice in one mapping`]);
  expect(told({ "data.json": '{"a": {"b": 1,\n "b": 2}, "c": "\\"b\\": x"}' })).toEqual([
    "data.json:2:2: b is there twice in one mapping",
  ]);
  expect(told({ "data.json": '{"a": {"b": 1}, "c": "\\"b\\": x", "b": {"b": "b:"}}' })).toEqual([]);
});

test("refuses a second mapping of a server in another file, and takes a server's folders as one mapping", () => {
  const facts = "{ sensitivity: low }";
  expect(
    told({
      "data.json": '{"sallyport": {"catalog": {"payments": {}}}}',
      [CATALOG]: `crm: {}\npayments:\n  a: ${facts}`,
    }),
  ).toEqual([`${CATALOG}:2:1: payments: is mapped a second time; the first is in data.json`]);
  expect(
    told({
      [CATALOG]: `crm: {}`,
      "sallyport/catalog/payments/data.yaml": `a: ${facts}`,
      "sallyport/catalog/payments/b/data.yaml": "sensitivity: lo",
    }),
  ).toEqual([
    "sallyport/catalog/payments/b/data.yaml:1:14: sensitivity: expected one of low, medium, high (did you mean low?)",
  ]);
});

test("refuses a document whose name is a slip, and leaves other data of the site's alone", () => {
  expect(
    told({ "sallyport/catalogue/data.yaml": "a: {}", "sallyport/hours/data.yaml": "b: 1", "acme/data.yaml": "c: 1" }),
  ).toEqual(["sallyport/catalogue/data.yaml:1:1: unknown document (did you mean catalog?)"]);
});

/** A document of the site's own with the schema that METADATA names. */
const OWN_DOCUMENT = {
  "acme/acme.rego":
    "# METADATA\n# scope: subpackages\n# schemas:\n#   - data.acme.limits: schema.limits\npackage acme\n",
  "schemas/limits.json": JSON.stringify({
    type: "object",
    additionalProperties: { type: "object", additionalProperties: false, properties: { up_to: { type: "number" } } },
  }),
};

test("checks a document of the site's own against the schema that METADATA names", () => {
  const limits = "refunds:\n  upto: 5\npayouts:\n  up_to: five\n";
  expect(told({ ...OWN_DOCUMENT, "acme/limits/data.yaml": limits })).toEqual([
    "acme/limits/data.yaml:2:3: refunds.upto: unknown field (did you mean up_to?)",
    "acme/limits/data.yaml:4:10: payouts.up_to: expected a number, got text",
  ]);
});

// Of plain JSON, only the documents that are checked become objects.
test.each([
  [
    "at the root",
    "data.json",
    '{"acme": {"limits":\n{"payouts": {"up_to": "five"}}}}',
    "2:23: acme.limits.payouts.up_to",
  ],
  [
    "in a folder above it",
    "acme/data.json",
    '{"limits":\n{"payouts": {"up_to": "five"}}}',
    "2:23: limits.payouts.up_to",
  ],
  ["in its folder", "acme/limits/data.json", '{"payouts":\n{"up_to": "five"}}', "2:11: payouts.up_to"],
  ["in a folder below it", "acme/limits/payouts/data.json", '{\n"up_to": "five"}', "2:10: up_to"],
])("checks a document of the site's own in plain JSON %s", (_where, file, text, found) => {
  expect(told({ ...OWN_DOCUMENT, [file]: text })).toEqual([`${file}:${found}: expected a number, got text`]);
});

test("names what cannot be read in a file, JSON that only YAML would forgive among it", () => {
  expect(told({ "data.json": "{a: 1}" })).toEqual([expect.stringMatching(/^data\.json:1:1: .*JSON/)]);
  expect(told({ "a/data.yaml": "a: [1\nb: 2\n", "b/data.yaml": "x: 1" })).toEqual([
    expect.stringMatching(/^a\/data\.yaml:\d+:\d+: /),
  ]);
});

test("tells names that the catalog does not have as warnings, and none where there is no catalog", () => {
  const warnings = (files: Readonly<Record<string, string>>): string[] =>
    checkDataFiles(Object.entries(files).map(([path, text]) => ({ path, bytes: Buffer.from(text) }))).warnings.map(
      ({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`,
    );
  const limits = { "sallyport/limits/data.json": '{"a":\n{"wirte": {"x": {"above": 0, "max": 1}}, "read": {}}}' };
  expect(warnings({ ...limits, [CATALOG]: "a: { write: {}, read: {} }" })).toEqual([
    "sallyport/limits/data.json:2:2: a.wirte: data.sallyport.catalog.a has no tool wirte (did you mean write?); this has no effect",
  ]);
  expect(warnings(limits)).toEqual([]);
});
