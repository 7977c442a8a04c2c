import type { AdoptedPolicy, ConfiguredAdoption } from "../../domain/settings.ts";
import type { ConfiguredModule } from "../sources.ts";

/** A generated module, by its path below the source. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
  readonly configured?: ConfiguredModule;
}

/** One rule package for each adopted decision: it asks the decision for the named servers, and reads its answer. */
export function adoptedRules(adopted: readonly AdoptedPolicy[]): GeneratedFile[] {
  return adopted.map((policy) => {
    const name = policy.path.replaceAll("/", "_");
    const text = moduleText(name, policy);
    const { configured } = policy;
    const module = { path: `${name}.rego`, text };
    return configured === undefined ? module : { ...module, configured: configuredModule(text, configured) };
  });
}

const [documentLine, answerLine] = ["	document := ", "	answer := "];

function configuredModule(text: string, { whole, path, input, unrouted }: ConfiguredAdoption): ConfiguredModule {
  const lines = text.split("\n").flatMap((line, index) => {
    if (line.startsWith(documentLine)) return [{ line: index + 1, at: input }];
    return line.startsWith(answerLine) ? [{ line: index + 1, at: path }] : [];
  });
  return { whole, lines, unrouted };
}

/** Rego's JSON strings are JSON's. */
const quoted = (text: string): string => JSON.stringify(text);

const reasons = `# METADATA
# title: The adopted policy allows the call
# description: It is an entitlement; holds and denials of other rules still stand.
# custom:
#   code: ADOPTED_ALLOWED
#   severity: low
#   controls: [ASI02]
_allowed := reason.of(rego.metadata.chain())

# METADATA
# title: The adopted policy does not allow the call
# description: It denied, gave no answer, or a malformed one. Its own words follow where there are any.
# custom:
#   code: ADOPTED_DENIED
#   severity: high
#   controls: [ASI02]
_denied := reason.of(rego.metadata.chain())
`;

function moduleText(name: string, { path, servers, input }: AdoptedPolicy): string {
  const decision = `data${path
    .split("/")
    .map((step) => `[${quoted(step)}]`)
    .join("")}`;
  const server = `input.resource.properties.server in {${servers.map(quoted).join(", ")}}`;
  return `package sallyport.rules.adopted.${name}

import future.keywords.not

import data.sallyport.lib.adopted
${input === "envoy" ? "import data.sallyport.lib.envoy\n" : ""}import data.sallyport.reason

${reasons}
permit contains _allowed if {
	${server}
	adopted.allows(_answer)
}

deny contains reason.saying(_denied, adopted.detail(_answer)) if {
	${server}
	adopted.refuses(_answer)
}

# A value of another type than any answer, so that no answer denies.
default _answer := null

_answer := answer if {
${requiredOf(input)}${documentLine}${documentOf(input)}
${typeof input === "string" ? "" : "	every member in document {\n		member != null\n	}\n"}${answerLine}${decision} with input as document
}
`;
}

function documentOf(input: AdoptedPolicy["input"]): string {
  if (input === "sallyport") return "input";
  if (input === "envoy") return "envoy.document(input)";
  const members = Object.entries(input).map(([name, steps]) => `${quoted(name)}: input${steps.map(step).join("")}`);
  return `{${members.join(", ")}}`;
}

/** Parts of the context that are made from the arguments: of arguments that were not read they say nothing. */
const ofArguments = new Set(["arguments", "detected", "urls", "provenance", "secrets", "copied"]);

const claims = ["subject", "properties", "claims"];

/** Conditions where a member stands for arguments, which a route may forward unread, or for all claims, of which long ones are left out. */
function requiredOf(input: AdoptedPolicy["input"]): string {
  if (typeof input === "string") return "";
  const pointers = Object.values(input);
  const readsArguments = pointers.some(
    ([part, name]) => part === "context" && (name === undefined || ofArguments.has(name)),
  );
  const readsClaims = pointers.some((steps) => claims.slice(0, steps.length).join("/") === steps.join("/"));
  return [
    ...(readsArguments ? ["	input.context.arguments_omitted == false\n"] : []),
    ...(readsClaims ? ["	input.subject.properties.claims_omitted == []\n"] : []),
  ].join("");
}

/** A step of a JSON pointer: an index of an array, or a name. */
function step(name: string): string {
  return /^(?:0|[1-9]\d*)$/.test(name) ? `[${name}]` : `[${quoted(name)}]`;
}
