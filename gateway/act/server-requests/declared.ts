import { isJsonObject, type JsonObject } from "../../lib/json.ts";

/**
 * Whether the client has declared that it answers such a request (MCP 2026-07-28, "Client Capabilities"; an empty `elicitation` stands
 * for forms alone). What was not declared may be read as something else, such as an empty success.
 */
export function isDeclared(capabilities: JsonObject, method: string, params: JsonObject): boolean {
  switch (method) {
    case "sampling/createMessage":
      return isJsonObject(capabilities["sampling"]);
    case "roots/list":
      return isJsonObject(capabilities["roots"]);
    case "elicitation/create": {
      const { elicitation } = capabilities;
      if (!isJsonObject(elicitation)) return false;
      return params["mode"] === "url" ? "url" in elicitation : "form" in elicitation || !("url" in elicitation);
    }
    default:
      // Refused as a method that servers do not have.
      return true;
  }
}
