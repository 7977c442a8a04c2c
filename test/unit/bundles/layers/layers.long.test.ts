import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { librarySource } from "../../../../gateway/bundles/layers/policy-source.ts";
import { policyInputOf } from "../../../../gateway/bundles/golden-cases.ts";
import { decide } from "../../../../gateway/decide/decide.ts";
import { createPolicyEngine } from "../../../../gateway/decide/engine.ts";
import type { ActivePolicy, Bundles, PolicyStatus } from "../../../../gateway/domain/ports.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";
import { demoPolicy, goldenFile } from "../../../support/policy-copy.ts";
import { type PolicyFolder, policyFolder } from "../support/policy-folder.ts";

let folder: PolicyFolder;
let bundles: Bundles;
let corp: string;
let site: string;
let allowed: JsonObject;

const frozen = `package sallyport.rules.corp.frozen

import data.sallyport.reason

# METADATA
# title: Refunds are not listed
# description: The company forbids it everywhere.
# custom: { code: CORP_FROZEN, severity: high }
_frozen := reason.of(rego.metadata.chain())

deny contains _frozen if input.resource.id in _tools

_tools := {"payments/list_refunds"}
`;

beforeAll(async () => {
  folder = await policyFolder({});
  [corp, site] = [join(dirname(folder.dir), "corp"), join(dirname(folder.dir), "site")];
  await cp(demoPolicy, site, { recursive: true });
  await write(corp, "sallyport/rules/corp/frozen/frozen.rego", frozen);
  await write(corp, "sallyport/provenance/data.yaml", "rules: { chain: hold }\n");
  allowed = (JSON.parse(await readFile(goldenFile("allows-a-low-read"), "utf8")) as { input: JsonObject }).input;
  const sources = [librarySource, { kind: "folder", path: corp }, { kind: "folder", path: site }] as const;
  bundles = folder.bundles({ engine: createPolicyEngine(), sources, pollMs: 500 });
  await bundles.start();
});
afterAll(() => folder.remove());

async function write(root: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

function next(fits: (status: PolicyStatus) => boolean): Promise<PolicyStatus> {
  return folder.next(bundles, fits);
}

/** The next refusal whose message is like this; without one the test fails after a minute. */
function refusal(message: RegExp): Promise<PolicyStatus> {
  return next(({ failure }) => failure !== null && message.test(failure.message));
}

/** Codes of the reasons of a call of this tool of the server payments, and what becomes of it. */
function answer(tool: string): string {
  const resource = allowed["resource"] as JsonObject;
  const properties = { ...(resource["properties"] as JsonObject), tool };
  const input = { ...allowed, resource: { ...resource, id: `payments/${tool}`, properties } };
  const { effect, reasons } = decide(bundles.active() as ActivePolicy, policyInputOf(input));
  return [effect, ...reasons.map(({ code }) => code)].join(" ");
}

test("judges by the rules of every source, and by the site's data in the place of the library's defaults", () => {
  expect(answer("get_order")).toBe("allow ENTITLED_TOOL");
  expect(answer("list_refunds")).toBe("deny CORP_FROZEN");
  expect(bundles.status().active?.source).toBe("library, folder corp, folder site");
  const files = new Set(bundles.active()?.rules.map(({ file }) => file.split("/")[0]));
  expect([...files].toSorted()).toEqual(["corp", "library"]);
});

const lifted = [
  [
    "the package of another source's rule",
    "sallyport/rules/corp/frozen/more.rego",
    "package sallyport.rules.corp.frozen\n\n_more := 1\n",
    /site\/sallyport\/rules\/corp\/frozen\/more\.rego:1: the package sallyport\.rules\.corp\.frozen is also in corp\/sallyport\/rules\/corp\/frozen\/frozen\.rego/,
  ],
  [
    "the same package, written in another way",
    "x/more.rego",
    'package sallyport["rules"].corp["frozen"]\n\n_more := 1\n',
    /site\/x\/more\.rego:1: the package sallyport\.rules\.corp\.frozen is also in corp\//,
  ],
  [
    "a helper of the library, by the head of a rule",
    "x/hold.rego",
    "package sallyport.lib\n\nhold.complete(_) if true\n",
    /site\/x\/hold\.rego:3: the package sallyport\.lib\.hold is also in library\/sallyport\/lib\/hold\/hold\.rego/,
  ],
  [
    "a rule of another source, by a head with a variable",
    "x/open.rego",
    'package sallyport.rules\n\ncorp[topic]._exempt contains x if {\n\ttopic := "frozen"\n\tx := "payments/list_refunds"\n}\n',
    /site\/x\/open\.rego:3: the package sallyport\.rules\.corp\.frozen is also in corp\/sallyport\/rules\/corp\/frozen\/frozen\.rego/,
  ],
  [
    "what collects the rules",
    "sallyport/main/main.rego",
    "package sallyport.main\n\n_denials contains 1 if false\n",
    /site\/sallyport\/main\/main\.rego:1: the package sallyport\.main is also in library\/sallyport\/main\/main\.rego/,
  ],
  [
    "a setting that another source gives",
    "sallyport/provenance/data.yaml",
    "rules: { copy: hold, chain: off }\n",
    /site\/sallyport\/provenance\/data\.yaml:1:\d+: rules\.chain: is also given in corp\/sallyport\/provenance\/data\.yaml/,
  ],
  [
    "the builtins that rules may call",
    "capabilities.json",
    "{}",
    /site\/capabilities\.json:1: is not the same as library\/capabilities\.json/,
  ],
] as const;

test.each(lifted)(
  "refuses a source that changes %s, names both files, and keeps the last good policy",
  async (_what, path, text, message) => {
    const revision = bundles.active()?.revision;
    const refused = refusal(message);
    await write(site, path, text);
    await refused;
    expect(bundles.active()?.revision).toBe(revision);
    const mended = next(({ failure }) => failure === null);
    await rm(join(site, path));
    await mended;
    expect(answer("list_refunds")).toBe("deny CORP_FROZEN");
  },
);

test("refuses a server that two sources describe", async () => {
  const refused = refusal(
    /site\/sallyport\/catalog\/data\.yaml:\d+:1: payments: is mapped a second time; the first is in corp\/sallyport\/catalog\/data\.yaml/,
  );
  await write(corp, "sallyport/catalog/data.yaml", "payments: { list_refunds: { sensitivity: low } }\n");
  expect((await refused).failure?.stage).toBe("load");
  const mended = next(({ failure }) => failure === null);
  await rm(join(corp, "sallyport/catalog/data.yaml"));
  await mended;
});

test("tells mistakes of rules beside those of data", async () => {
  const broken = "sallyport/rules/corp/broken/broken.rego";
  const revision = bundles.active()?.revision;
  const places = [`site/${broken}`, "corp/sallyport/limits/data.yaml"];
  // A reading of the sources may have only one of the two edits; the next one has both.
  const refused = next(({ failure }) =>
    places.every((place) => failure?.locations.some(({ file }) => file === place) === true),
  );
  await write(site, broken, "package sallyport.rules.corp.broken\n\ndeny contains if {\n");
  await write(corp, "sallyport/limits/data.yaml", "payments: { x: 1 }\n");
  expect((await refused).active?.revision).toBe(revision);
  const mended = next(({ failure }) => failure === null);
  await Promise.all([
    rm(join(site, dirname(broken)), { recursive: true }),
    rm(join(corp, "sallyport/limits/data.yaml")),
  ]);
  await mended;
});

test("takes edits of every folder, and asks the golden cases of every source", async () => {
  const refused = refusal(/^site\/golden\/allows-a-low-read\.json:1: /);
  await write(corp, "sallyport/rules/corp/frozen/frozen.rego", frozen.replace("list_refunds", "get_order"));
  await refused;
  expect(answer("get_order")).toBe("allow ENTITLED_TOOL");
  const before = bundles.active()?.revision;
  const active = next(({ failure, active: now }) => failure === null && now?.revision !== before);
  await write(corp, "sallyport/rules/corp/frozen/frozen.rego", frozen.replace("list_refunds", "none"));
  await active;
  expect(answer("list_refunds")).toBe("allow ENTITLED_TOOL");
  const settled = bundles.active()?.revision;
  const again = next(({ active: now }) => now?.revision !== settled);
  const rights = "sallyport/entitlements/data.yaml";
  const narrowed = (await readFile(join(site, rights), "utf8")).replace(
    '"*": true',
    "get_order: true, create_refund: true",
  );
  await write(site, rights, narrowed);
  await again;
  expect(answer("list_refunds")).toBe("deny NO_RULE_PERMITS");
});
