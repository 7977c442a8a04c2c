import { hash } from "node:crypto";
import canonicalize from "canonicalize";
import { oncePer } from "../lib/caches.ts";
import { resourceId, type ToolCall } from "../domain/tool-call.ts";

/**
 * Equal for calls that ask for the same: the tool, its arguments in whatever order of their names, and the headers that the route
 * names; of a body that is not for policy, its bytes. A JSON-RPC id and `_meta` do not count: clients put something new there for each
 * call. What answers the tool server's question (`inputResponses`, `requestState`) does: the next round of a call is no repetition.
 */
export const sameCall = oncePer((call: ToolCall): string => {
  const { request, action } = call;
  const { _meta, ...beside } = call.beside;
  const args = call.argumentsOmitted ? request.digest : call.arguments;
  const asked = [resourceId(call), action, args, beside, request.namedHeaders];
  return hash("sha256", canonicalize(asked) ?? "", "base64url");
});
