import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { unescapedStep } from "../../lib/json-pointer.ts";

/** Enough for any document that means something; one that refers to itself ends here. */
const MOST_HOPS = 8;

/** What a reference object of an OpenAPI document leads to, within the document; the value itself when it is none. */
export function dereferenced(document: JsonObject, value: JsonValue | undefined): JsonValue | undefined {
  let found = value;
  for (let hops = 0; isJsonObject(found) && typeof found["$ref"] === "string" && hops < MOST_HOPS; hops++) {
    const reference = found["$ref"];
    if (!reference.startsWith("#/")) return found;
    found = at(document, reference.slice(2).split("/"));
  }
  return found;
}

function at(document: JsonObject, steps: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = document;
  for (const step of steps) {
    const key = unescapedStep(decodeURIComponent(step));
    value = isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return value;
}
