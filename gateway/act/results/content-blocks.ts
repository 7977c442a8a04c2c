import { Refusal } from "../../domain/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { isReadableType, mediaType } from "./read-content.ts";

/** Media types of the content blocks of a tool's result, of a resource, or of the messages of a prompt. */
export function blockTypes(result: JsonObject): string[] {
  const types = new Set<string>();
  for (const block of blocksOf(result)) {
    if (typeof block["mimeType"] === "string") types.add(mediaType(block["mimeType"]));
    else if (typeof block["text"] === "string") types.add("text/plain");
  }
  if ("structuredContent" in result) types.add("application/json");
  return [...types].sort();
}

/**
 * Text has a member of its own (MCP 2025-11-25, "Text Content" of resources); as base64 no detector and no pattern would find anything in it.
 * Images, sounds and other bytes pass as they are. @throws Refusal result_unreadable
 */
export function assertNoTextAsBlob(result: JsonObject): void {
  for (const { blob, data, mimeType } of blocksOf(result)) {
    const isBytes = typeof blob === "string" || typeof data === "string";
    if (isBytes && typeof mimeType === "string" && isReadableType(mediaType(mimeType)))
      // The type is a text of the answer.
      throw new Refusal("result_unreadable", { detail: "text as a blob, which rules cannot read" });
  }
}

/** Every block, with the resources and the contents within. */
function blocksOf(result: JsonObject): readonly JsonObject[] {
  const blocks: JsonObject[] = [];
  const visit = (value: JsonValue | undefined): void => {
    if (Array.isArray(value)) for (const item of value as readonly JsonValue[]) visit(item);
    else if (value !== undefined && isJsonObject(value)) {
      blocks.push(value);
      visit(value["resource"]);
      visit(value["content"]);
    }
  };
  for (const key of ["content", "contents", "messages"]) visit(result[key]);
  return blocks;
}
