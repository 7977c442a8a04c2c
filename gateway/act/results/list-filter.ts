import { type JsonObject, isJsonObject, type JsonValue } from "../../lib/json.ts";
import type { EvaluatedCall } from "../../domain/exchange.ts";
import { noDetections } from "../../domain/detections.ts";
import type { DefinitionFact } from "../../domain/facts.ts";
import { noProvenance } from "../../domain/provenance.ts";
import { type PolicyInput, policyInput } from "../../domain/policy-input.ts";
import type { ActivePolicy, DefinitionLedger } from "../../domain/ports.ts";
import { Refusal } from "../../domain/errors.ts";
import { foldKey } from "../../lib/look-alike.ts";

export interface ListView {
  /** Those that the caller may see. */
  readonly keep: (tools: readonly JsonObject[]) => Promise<readonly JsonObject[]>;
  /** The form in which the caller sees a tool that it may see. */
  readonly show: (tool: JsonObject) => JsonObject;
}

const resultKeys = folded(["tools", "nextCursor", "_meta", "resultType", "ttlMs", "cacheScope"]);
const toolKeys = folded("name title description inputSchema outputSchema annotations execution icons _meta".split(" "));

/**
 * The result of a tools/list with the tools that the caller may see, and with no member that such a result does not have.
 * A member whose name differs in case or Unicode form alone would be read by some clients and not by others.
 * @throws Refusal upstream_list_malformed
 */
export async function visibleList(result: JsonObject, { keep, show }: ListView): Promise<JsonObject> {
  refuseLookalikes(result, resultKeys, "result");
  const { tools, nextCursor, _meta, resultType } = result;
  if (!Array.isArray(tools)) refuse("tools is not an array");
  const listed = (tools as readonly JsonValue[]).filter(isJsonObject);
  for (const tool of listed) refuseLookalikes(tool, toolKeys, "a tool");
  return {
    ...optional("resultType", resultType, typeof resultType === "string"),
    tools: (await keep(listed)).map(show),
    ...optional("nextCursor", nextCursor, typeof nextCursor === "string"),
    ...optional("_meta", _meta, isJsonObject(_meta)),
    ...uncached(result),
  };
}

/** Absent and null are the same. */
function optional(key: string, value: JsonValue | undefined, isRight: boolean): JsonObject {
  if (value === undefined || value === null) return {};
  return isRight ? { [key]: value } : refuse(`${key} has another type`);
}

/** What one caller may see must not be kept for another, nor outlive a change of policy (MCP 2026-07-28, caching). */
function uncached(result: JsonObject): JsonObject {
  return "ttlMs" in result || "cacheScope" in result ? { ttlMs: 0, cacheScope: "private" } : {};
}

function refuseLookalikes(object: JsonObject, keys: ReadonlyMap<string, string>, where: string): void {
  for (const key of Object.keys(object)) {
    if (key === "__proto__") refuse(`a member of ${where} that changes what others mean`);
    const meant = keys.get(foldKey(key));
    if (meant !== undefined && meant !== key) refuse(`a member of ${where} that some clients read as ${meant}`);
  }
}

function folded(keys: readonly string[]): ReadonlyMap<string, string> {
  return new Map(keys.map((key) => [foldKey(key), key]));
}

function refuse(detail: string): never {
  throw new Refusal("upstream_list_malformed", { detail });
}

export interface VisibilityOptions {
  /** The list phase of the policy; doubt is false. */
  readonly evaluate: (policy: ActivePolicy, input: PolicyInput) => boolean;
  readonly definitions: DefinitionLedger;
}

export interface Visibility {
  /** May this caller know the tool that it called? */
  ofCall(evaluated: EvaluatedCall): boolean;
  /** Those of a tools/list answer that this caller may see. Their definitions are noted on the way. */
  ofListed(evaluated: EvaluatedCall, tools: readonly JsonObject[]): Promise<JsonObject[]>;
  /** May this caller see a tool of which that is known? */
  of(evaluated: EvaluatedCall, name: string, definition: DefinitionFact): boolean;
}

/** Asks the policy's list phase, on the same bundle as the call itself. */
export function visibility({ evaluate, definitions }: VisibilityOptions): Visibility {
  const ask = (
    { call, subject, facts }: Pick<EvaluatedCall, "call" | "subject" | "facts">,
    name: string,
    definition: DefinitionFact,
  ): boolean => {
    const tool = { ...call, action: "tools/list", resourceType: "tool" as const, name, arguments: {} };
    const known = {
      ...facts,
      catalog: facts.policy.catalog(call.route.server, name),
      definition,
      urls: [],
      provenance: noProvenance,
      detected: noDetections,
    };
    return evaluate(facts.policy, policyInput(tool, subject, known, "list"));
  };
  return {
    of: ask,
    // A tool that is hidden for its changed definition, or for the task, alone may be known, and its caller is told what happened.
    ofCall: ({ call, subject, facts }) =>
      ask({ call, subject, facts: { ...facts, task: null } }, call.name, { ...facts.definition, changed: false }),
    async ofListed(evaluated, tools) {
      const named = tools.flatMap((definition) => {
        const { name } = definition;
        return typeof name === "string" ? [{ name, definition }] : [];
      });
      const facts = await definitions.observe(evaluated.call.route.server, named);
      return named.flatMap(({ name, definition }, at) => {
        const fact = facts[at] ?? null;
        return fact !== null && ask(evaluated, name, fact) ? [definition] : [];
      });
    },
  };
}
