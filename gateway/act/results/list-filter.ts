import { Refusal } from "../../domain/errors.ts";
import { foldKey } from "../../lib/look-alike.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";

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
