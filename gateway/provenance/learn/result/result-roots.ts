import { isJsonObject, type JsonObject, type JsonValue } from "../../../lib/json.ts";
import type { Place, Places } from "../places.ts";
import { parseJsonOfNamesOnce } from "../../../lib/parse-json.ts";

/** A value of an answer from which places in the catalog count. */
export interface ResultRoot {
  readonly value: JsonValue;
  /** What the catalog says of the places below. */
  readonly at: readonly Place[];
}

const noneAt: readonly Place[] = [];

/** What the types of content blocks are called (MCP 2025-11-25 and 2026-07-28); another one may be anybody's words. */
const blockTypes: ReadonlySet<JsonValue> = new Set(["text", "image", "audio", "resource", "resource_link"]);

/** What an answer is made of: a text that is JSON is read as that; the blocks of an MCP result too. */
export function* rootsOf(content: JsonValue, { root }: Places): Generator<ResultRoot> {
  const at = root ?? noneAt;
  const blocks = isJsonObject(content) ? content["content"] : undefined;
  if (!Array.isArray(blocks) || !blocks.every(isBlock)) return yield { value: parsed(content), at };
  for (const { type = null, text = null, ...rest } of blocks as readonly JsonObject[]) {
    yield typeof text === "string" ? { value: parsed(text), at } : { value: text, at: noneAt };
    yield { value: blockTypes.has(type) ? rest : { type, ...rest }, at: noneAt };
  }
  const { content: _blocks, structuredContent = null, _meta = null, ...rest } = content as JsonObject;
  yield { value: structuredContent, at };
  yield { value: _meta, at: noneAt };
  yield { value: rest, at: noneAt };
}

/** Of a name that is there twice a reader of the text sees both values. */
function parsed(content: JsonValue): JsonValue {
  if (typeof content !== "string" || !/^\s*[[{]/.test(content)) return content;
  try {
    return parseJsonOfNamesOnce(content) as JsonValue;
  } catch {
    return content;
  }
}

function isBlock(value: unknown): boolean {
  return isJsonObject(value) && typeof value["type"] === "string";
}
