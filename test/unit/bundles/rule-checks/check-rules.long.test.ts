import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileSources } from "../../../../gateway/bundles/build/compile.ts";
import { asLine, BundleFailure } from "../../../../gateway/bundles/failure.ts";
import { unpackEntries } from "../../../../gateway/bundles/archive/entries.ts";
import { saidByManifest } from "../../../../gateway/bundles/archive/manifest-known.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";
import type { SourceFile } from "../../../../gateway/bundles/sources.ts";
import { opa } from "../../decide/support/compile-rego.ts";
import { base, path } from "./support/small-policy.ts";

let out: string;
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), "sallyport-checks-"));
});
afterAll(() => rm(out, { recursive: true, force: true }));

/** The lines of what is an error, and of what is a warning. */
async function checked(files: Readonly<Record<string, string>>): Promise<{ errors: string[]; warnings: string[] }> {
  try {
    const { warnings } = await compileSources(opa, { files: sourcesOf(files), revision: "r1" }, out);
    return { errors: [], warnings: warnings.map(asLine) };
  } catch (error) {
    if (error instanceof BundleFailure) return { errors: error.message.split("\n"), warnings: [] };
    throw error;
  }
}

/** The small policy with these files. */
function sourcesOf(files: Readonly<Record<string, string>>): SourceFile[] {
  return Object.entries({ ...base, ...files }).map(([name, text]) => ({ path: name, bytes: Buffer.from(text) }));
}

const asked = "block, deny, hide, hold, oblige, permit, redact";

test("accepts a policy whose rules are all asked, with libraries that have more functions than are used", async () => {
  expect(await checked({})).toEqual({ errors: [], warnings: [] });
});

test.each([
  [
    "below a misspelt place",
    "package sallyport.rule.mine.x\n\ndeny contains 1\n",
    "1: package sallyport.rule.mine.x is never evaluated: no entrypoint reaches it (did you mean rules?)",
  ],
  [
    "directly below the rules' place",
    "package sallyport.rules.mine\n\ndeny contains 1\n",
    "1: package sallyport.rules.mine is never evaluated: no entrypoint reaches it; rules are packages sallyport.rules.<topic>.<rule>",
  ],
  [
    "at the rules' place itself",
    "package sallyport.rules\n\ndeny contains 1\n",
    "1: package sallyport.rules is never evaluated: no entrypoint reaches it; rules are packages sallyport.rules.<topic>.<rule>",
  ],
  [
    "directly below the tools' place",
    "package sallyport.tools.payments\n\ndeny contains 1\n",
    "1: package sallyport.tools.payments is never evaluated: no entrypoint reaches it; rules of one tool are packages sallyport.tools.<server>.<tool>",
  ],
  [
    "with no known export",
    "package sallyport.rules.mine.x\n\ndenies contains 1\n",
    `1: package sallyport.rules.mine.x is never evaluated: it exports none of ${asked}; it has denies (did you mean deny?)`,
  ],
  [
    "with helpers alone",
    "# A comment\npackage sallyport.rules.mine.x\n\n_deny contains 1\n",
    `2: package sallyport.rules.mine.x is never evaluated: it exports none of ${asked}; it has _deny (did you mean deny?)`,
  ],
  [
    "elsewhere in the library",
    "package sallyport.extra\n\ndeny contains 1\n",
    "1: package sallyport.extra is never evaluated: no entrypoint reaches it",
  ],
])("refuses a package %s, which is never evaluated", async (_where, rego, line) => {
  expect((await checked({ [path]: rego })).errors).toEqual([`${path}:${line}`]);
});

test("refuses an unknown export beside a known one, and says which is meant", async () => {
  const rego = `package sallyport.rules.mine.x

deny contains 1 if too_much

too_much if input.context.arguments.amount > 5

_unused := 1

holds contains 1
`;
  expect((await checked({ [path]: rego })).errors).toEqual([
    `${path}:9: holds has no effect (did you mean hold?): a rule exports ${asked}. Remove it; names of helpers begin with an underscore`,
  ]);
});

test("refuses obligations of other versions, which would seem to keep something back", async () => {
  const rego = `package sallyport.rules.mine.x

deny contains 1

oblige contains duty if {
	duty := {"type": "redact_result", "patterns": ["email"]}
}

oblige contains {"type": "redact_arguments", "pointers": ["/card"]}

oblige contains {"type": "label_session", "labels": ["read:private"]}
`;
  expect((await checked({ [path]: rego })).errors).toEqual([
    `${path}:6: the gateway does not carry out redact_result: what a result must not hold is named by the export redact, in the result phase. Remove the obligation`,
  ]);
});

describe("rules about results", () => {
  const main = "sallyport/main/main.rego";
  /** `main` says that nothing keeps a result back but what rules export. */
  const ofTools = `
_redactions contains each if {
	some each in data.sallyport.tools[input.resource.properties.server][input.resource.properties.tool].redact
}
`;
  const declared = { [main]: `# METADATA\n# custom:\n#   results: exports\n${base[main]}${ofTools}` };
  const ofTool = (rule: string) => `package sallyport.tools.payments.create_refund\n\n${rule}\n`;
  const withOne = { ...declared, "t.rego": ofTool('redact contains {"detector": "card"}') };
  const knownOf = async (files: Record<string, string>) => {
    const { archive } = await compileSources(opa, { files: sourcesOf(files), revision: "r1" }, out);
    const entries = new Map(
      (await unpackEntries(archive)).map(({ header, bytes }) => [header.name.replace(/^\//, ""), bytes]),
    );
    const manifest = JSON.parse(String(entries.get(".manifest"))) as JsonObject;
    const wasm = entries.get("policy.wasm") ?? Buffer.alloc(0);
    return saidByManifest(manifest, wasm);
  };
  const resultsOf = async (files: Record<string, string>) => (await knownOf(files)).results;

  it("are exports like any other, and the archive says which tools they are about", async () => {
    expect(await resultsOf(declared)).toEqual({ everywhere: false, tools: {} });
    expect(await resultsOf(withOne)).toEqual({ everywhere: false, tools: { payments: ["create_refund"] } });
    const forAll = { [path]: "package sallyport.rules.mine.x\n\nblock contains object.union({}, {})\n" };
    expect(await resultsOf({ ...declared, ...forAll })).toEqual({ everywhere: true, tools: {} });
  });

  it("say in the archive where each of them stands", async () => {
    const { exports } = await knownOf(withOne);
    expect(exports["deny"]).toEqual([{ rule: "mine/good", file: "sallyport/rules/mine/good/good.rego", line: 5 }]);
    expect(exports["redact"]).toMatchObject([{ rule: "tools/payments/create_refund", file: "t.rego" }]);
  });

  it.each([
    ["block contains 1", "block contains a value of the kind number: its elements are reasons"],
    ['deny contains "no"', "deny contains a value of the kind string: its elements are reasons"],
    ["hold contains null", "hold contains a value of the kind null: its elements are objects of the form"],
    [
      'redact contains ["/a"]',
      'redact contains a value of the kind array: its elements are objects with one of "pointer"',
    ],
    ['oblige contains {"label_session"}', "oblige contains a value of the kind set: its elements are objects with"],
    ["label contains 1", "label contains a value of the kind number: its elements are texts"],
  ])("are refused with file and line when no answer can be made of them: %s", async (rule, told) => {
    const labels = `\n_labels contains data.sallyport.rules[_][_].label[_]\n\nlabels := _labels\n`;
    const { errors } = await checked({
      [main]: `${declared[main]}${labels}`,
      [path]: `package sallyport.rules.mine.x\n\n_helper contains 1\n\n${rule}\n`,
    });
    expect(errors.filter((line) => line.includes("its elements are"))).toEqual([
      expect.stringContaining(`${path}:5: ${told}`),
    ]);
  });

  it.each([
    ["a rule of all calls, which OPA tells of main", path, "package sallyport.rules.mine.x\n\ndeny if input.x == 1\n"],
    ["a rule of one tool, of which OPA says nothing", "t.rego", ofTool("deny if input.x == 1")],
  ])("are refused in their author's file when they are no sets: %s", async (_which, file, text) => {
    const { errors } = await checked({ ...declared, [file]: text });
    expect(errors).toEqual([expect.stringContaining(`${file}:3: deny is a boolean and no set`)]);
  });

  it("may be anywhere when `main` does not say so", async () => {
    expect(await resultsOf({})).toEqual({ everywhere: true, tools: {} });
  });

  it("whose export `main` does not collect are refused", async () => {
    expect((await checked({ "t.rego": ofTool("label contains 1") })).errors).toEqual([
      expect.stringContaining(`it exports none of ${asked}`),
    ]);
  });
});

test.each([
  ["by its whole path", "deny contains 1 if data.sallyport.nothere.x", "data.sallyport.nothere.x"],
  [
    "by an import",
    "import data.sallyport.limts\n\ndeny contains 1 if limts[input.resource.id].most",
    "data.sallyport.limts",
  ],
  ["in a helper's argument", "deny contains 1 if count(data.sallyport.nothere) == 0", "data.sallyport.nothere"],
  ["under not", "deny contains 1 if not data.sallyport.limits.crm", "data.sallyport.limits.crm"],
])("refuses a reference %s to data that no document has", async (_how, rules, missing) => {
  const { errors } = await checked({ [path]: `package sallyport.rules.mine.x\n\n${rules}\n` });
  expect(errors).toEqual([
    expect.stringMatching(/^sallyport\/rules\/mine\/x\/x\.rego:\d+: no rule and no data document is /),
  ]);
  expect(errors[0]).toContain(`is ${missing}, so`);
  expect(errors[0]).toContain(`custom.optional: [${missing}]`);
});

test("accepts data that METADATA calls optional, in the rule or in its package, and keys of a table that may be missing", async () => {
  const inRule = `package sallyport.rules.mine.x

# METADATA
# custom:
#   optional: [data.envoy.authz]
deny contains 1 if data.envoy.authz.allow == false
`;
  const inPackage = `# METADATA
# custom:
#   optional: [data.sallyport.nothere]
package sallyport.rules.mine.y

deny contains 1 if data.sallyport.nothere[input.resource.id].x

hold contains 1 if data.sallyport.limits[input.resource.id].least.x
`;
  expect(await checked({ [path]: inRule, "y.rego": inPackage })).toEqual({ errors: [], warnings: [] });
});

test("accepts what a rule replaces by with, local variables of any name, and rules of packages below a rule", async () => {
  const rego = `package sallyport.rules.mine.x

import data.sallyport.limits

deny contains 1 if data.sallyport.rules.mine.x.helpers.over with data.sallyport.pretended as {"most": 1}

deny contains 2 if {
	some data_sallyport, other in limits
	other.nothere.there == data_sallyport
}
`;
  const helpers = "package sallyport.rules.mine.x.helpers\n\nover if data.sallyport.pretended.most > 0\n";
  const found = await checked({ [path]: rego, "h.rego": helpers });
  expect(found.errors).toEqual([
    expect.stringContaining("h.rego:3: no rule and no data document is data.sallyport.pretended.most"),
  ]);
});

test("warns of packages from elsewhere that are never evaluated, or that read data which is nowhere", async () => {
  const rego = `package sallyport.rules.mine.x

deny contains 1 if data.acme.frozen
`;
  const acme = "package acme\n\nfrozen if data.acme_list.nothere == 1\n";
  const idle = "package envoy.authz\n\nallow := true\n";
  expect(await checked({ [path]: rego, "acme.rego": acme, "idle.rego": idle })).toEqual({
    errors: [],
    warnings: [
      expect.stringMatching(/^acme\.rego:3: no rule and no data document is data\.acme_list\.nothere/),
      "idle.rego:1: package envoy.authz is never evaluated: no entrypoint reaches it",
    ],
  });
});

test("refuses a rule beside the entrypoints that none of them uses", async () => {
  const beside = 'package sallyport.main\n\ndeny contains "never"\n\n_unused := 1\n\ndecision_time(x) := x\n';
  expect(await checked({ "sallyport/main/extra.rego": beside })).toEqual({
    errors: [
      "sallyport/main/extra.rego:3: no entrypoint uses deny of package sallyport.main; rules are packages sallyport.rules.<topic>.<rule>",
    ],
    warnings: [],
  });
});
