import { type Draft, present } from "../draft.ts";
import type { Finding } from "../../lib/yaml-places.ts";

/** What is known of a definition is known of its server, so that all routes of one server have the same pins. */
export function checkPins(draft: Draft): Finding[] {
  const first = new Map<string, string>();
  return present(draft.routes).flatMap(({ item: { protocol, server, pins }, index }) => {
    const at = { path: ["routes", index, "pins"], at: "value" as const };
    if (protocol !== "mcp")
      return pins === "first_use"
        ? []
        : [{ ...at, message: "only an mcp route lists tools that can change; remove it" }];
    const other = first.get(server) ?? pins;
    first.set(server, other);
    return other === pins ? [] : [{ ...at, message: `another route of the server ${server} has the pins ${other}` }];
  });
}
