import { selfTestInput } from "../../bundles/golden-cases.ts";
import { nameForms } from "../../domain/name-forms.ts";
import { unknownTool } from "../../bundles/data/tool-facts.ts";
import type { JsonObject } from "../../lib/json.ts";
import { catalogLines, yamlKey } from "./catalog-text.ts";
import type { DescribedTool } from "./described-tool.ts";
import { inferFacts, onlyReads } from "./infer-facts.ts";
import { approverRole, type Site } from "./site.ts";

/** The files of a new site's layer of policy, by path below `policy/`. */
export function sitePolicy(site: Site): Readonly<Record<string, string>> {
  return {
    "sallyport/catalog/data.yaml": catalogFile(site),
    "sallyport/entitlements/data.yaml": entitlementsFile(site),
    "sallyport/approvers/data.yaml": approversFile(site),
    "sallyport/rules/site/frozen/frozen.rego": frozenRule(site),
    "sallyport/rules/site/frozen/frozen_test.rego": ruleTest,
    ".regal/config.yaml": regal,
    ...goldenFiles(site),
  };
}

function catalogFile({ server, tools }: Site): string {
  const head = `# What each tool is: server → tool → facts. A tool that is not here is denied; a fact that is left out counts as the worst one.
# Each line below was inferred from methods, hints and names: check it, and write what is true in its place.
`;
  if (tools.length === 0) return head;
  return `${head}${yamlKey(server)}:\n${catalogLines(tools).join("\n")}\n`;
}

function entitlementsFile({ server, tools, methods, role }: Site): string {
  const head = "# Who may use what: role → server → tools. Only the value true grants.\n";
  if (role === null || tools.length === 0) return head;
  const lines = tools.map((tool) => {
    const line = `${yamlKey(tool.name)}: true`;
    return reads(tool) ? `      ${line} # inferred: only reads` : `      # ${line}`;
  });
  // Comments alone are an empty mapping: one of them becomes a line when its # is taken away, which below a `{}` is none of YAML.
  return [
    `${head}${yamlKey(role)}:`,
    `  ${yamlKey(server)}:`,
    ...["    tools:", ...lines],
    ...methodLines(methods),
    "",
  ].join("\n");
}

/**
 * An item is shown to whoever may get or read it, so lists alone show nothing. Clients ask for lists, and set the level of log messages,
 * as soon as they have connected: some give up where that is denied. What a listener is told of is judged item by item.
 */
const open: Readonly<Record<string, string>> = {
  "prompts/list": "shows those that the role may get",
  "resources/list": "shows those that the role may read",
  "resources/templates/list": "shows those that the role may read",
  "logging/setLevel": "which log messages the client gets",
  "subscriptions/listen": "tells the client of changed lists, and of changes of resources that the role may read",
};

function methodLines(methods: readonly string[]): string[] {
  if (methods.length === 0) return [];
  const lines = methods.map((method) =>
    open[method] === undefined ? `      # ${method}: true` : `      ${method}: true # ${open[method]}`,
  );
  return ["    methods:", ...lines];
}

function reads(tool: DescribedTool): boolean {
  return onlyReads(inferFacts(tool));
}

function approversFile({ server, tools }: Site): string {
  const head = "# Who is asked about held calls: server → role, number of people, and how long. Times are seconds.\n";
  if (tools.length === 0) return head;
  return `${head}${yamlKey(server)}:
  role: ${approverRole}
  count: 1
  approve_within: 900
  execute_within: 300
  justification: false
`;
}

/** A rule to begin with. Its example is a tool that no golden case of the site says is allowed, where there is one. */
function frozenRule(site: Site): string {
  const open = goldenRead(site);
  const ids = site.tools
    .filter(({ name }) => nameForms.tool.test(name) && name !== open?.name)
    .map(({ name }) => `${site.server}/${name}`);
  const example = ids.find((id) => id.length <= mostShown) ?? "billing/void_invoice";
  return `${ruleHead}
# server/tool, such as ${JSON.stringify(example)}
${open === undefined ? "" : goldenRemark}_tools := set()
`;
}

/** A line has 120 characters, or the linter finds it. */
const mostShown = 90;

const goldenReadFile = "allows-a-read";

const goldenRemark = `#
# policy/golden/${goldenReadFile}.json says that its tool is allowed. To freeze it, change the answer there to "deny" in
# the same edit, or the edit is refused. \`sallyport access revoke --tool\` stops any tool at once, without an edit.
`;

const ruleHead = `package sallyport.rules.site.frozen

import data.sallyport.reason

# METADATA
# title: This tool is frozen for now
# description: Its name stands in the list below; take it out to use the tool again.
# custom:
#   code: TOOL_FROZEN
#   severity: medium
#   controls: [ASI02]
#   owner: site
_frozen := reason.of(rego.metadata.chain())

deny contains _frozen if input.resource.id in _tools
`;

const ruleTest = `package sallyport.rules.site.frozen_test

import data.sallyport.rules.site.frozen
import data.sallyport.testing

test_denies_a_tool_of_the_list if {
	call := testing.call("someone", [], "billing", "void_invoice", {})
	denied := frozen.deny with input as call with frozen._tools as {"billing/void_invoice"}
	testing.codes(denied) == {"TOOL_FROZEN"}
}

test_denies_no_other_tool if {
	call := testing.call("someone", [], "billing", "list_invoices", {})
	count(frozen.deny) == 0 with input as call with frozen._tools as {"billing/void_invoice"}
}

# Of the list as it stands: a name without its server would freeze nothing.
test_denies_every_tool_that_is_listed_now if {
	every id in frozen._tools {
		server := split(id, "/")[0]
		call := testing.call("someone", [], server, trim_prefix(id, concat("", [server, "/"])), {})
		testing.codes(frozen.deny) == {"TOOL_FROZEN"} with input as call
	}
}
`;

const regal = `# Rules refer to the policy library, which lies elsewhere and has the entrypoints; the library's schemas are checked by \`sallyport policy check\`.
project:
  rego-version: 1
rules:
  idiomatic:
    no-defined-entrypoint:
      level: ignore
  imports:
    unresolved-import:
      level: error
      except-imports: ["data.sallyport.**"]
    unresolved-reference:
      level: ignore
`;

/** The tool of which a golden case says that the role may use it. */
function goldenRead({ tools, role }: Site): DescribedTool | undefined {
  return role === null ? undefined : tools.find(reads);
}

/** Questions whose answer must never change by accident. */
function goldenFiles(site: Site): Readonly<Record<string, string>> {
  const { server, role } = site;
  const unknown = call({ server, tool: "never_heard_of", facts: unknownTool as unknown as JsonObject, roles: [] });
  const first = goldenRead(site);
  const cases = [
    { file: "denies-an-unknown-tool", name: "a tool outside the catalog is not run", input: unknown, effect: "deny" },
  ];
  if (first !== undefined && role !== null) {
    const facts = { ...unknownTool, known: true, ...inferFacts(first) } as unknown as JsonObject;
    const of = (roles: readonly string[]): JsonObject => call({ server, tool: first.name, facts, roles });
    cases.push(
      {
        file: "denies-a-caller-without-a-role",
        name: "a caller without a role reads nothing",
        input: of([]),
        effect: "deny",
      },
      { file: goldenReadFile, name: `${role} reads with ${first.name}`, input: of([role]), effect: "allow" },
    );
  }
  return Object.fromEntries(
    cases.map(({ file, name, input, effect }) => [
      `golden/${file}.json`,
      `${JSON.stringify({ name, entrypoint: "decision", input, want: { effect } }, null, 2)}\n`,
    ]),
  );
}

interface GoldenCall {
  readonly server: string;
  readonly tool: string;
  readonly facts: JsonObject;
  readonly roles: readonly string[];
}

function call({ server, tool, facts, roles }: GoldenCall): JsonObject {
  const input = selfTestInput("call");
  const [subject, resource] = [input["subject"] as JsonObject, input["resource"] as JsonObject];
  return {
    ...input,
    subject: { ...subject, id: "someone", properties: { ...(subject["properties"] as JsonObject), roles } },
    resource: {
      ...resource,
      id: `${server}/${tool}`,
      properties: { ...(resource["properties"] as JsonObject), server, tool, catalog: facts },
    },
  };
}
