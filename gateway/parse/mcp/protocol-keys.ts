import { Refusal } from "../../domain/errors.ts";
import type { JsonObject } from "../../lib/json.ts";
import { foldKey } from "../../lib/fold-key.ts";

/**
 * Keys with a meaning in JSON-RPC or MCP. Some parsers match keys without case or after Unicode folding, so a key that
 * only folds to one of these would be read by them and overlooked by us (CVE-2026-27896, GHSA-4gph-2hhr-5mwg).
 */
const messageKeys = folding(["jsonrpc", "id", "method", "params", "result", "error"]);
const paramsKeys = folding([
  ..."name arguments uri cursor _meta task taskId protocolVersion capabilities clientInfo level ref argument context".split(
    " ",
  ),
  ..."requestId reason progressToken progress total message inputResponses requestState notifications".split(" "),
]);
const metaKeys = folding([
  ..."progressToken traceparent tracestate baggage dev.sallyport/intent dev.sallyport/session".split(" "),
  ..."protocolVersion clientCapabilities clientInfo logLevel related-task"
    .split(" ")
    .map((name) => `io.modelcontextprotocol/${name}`),
]);

/** @throws Refusal json_key_refused */
export function refuseMessageLookalikes(message: JsonObject): void {
  refuseLookalikes(message, messageKeys, "");
}

/** @throws Refusal json_key_refused */
export function refuseParamsLookalikes(params: JsonObject): void {
  refuseLookalikes(params, paramsKeys, "/params");
}

/** @throws Refusal json_key_refused */
export function refuseMetaLookalikes(meta: JsonObject): void {
  refuseLookalikes(meta, metaKeys, "/params/_meta");
}

function refuseLookalikes(object: JsonObject, reserved: ReadonlyMap<string, string>, where: string): void {
  for (const key of Object.keys(object)) {
    const meant = reserved.get(foldKey(key));
    if (meant === undefined || meant === key) continue;
    throw new Refusal("json_key_refused", {
      hint: `a key in ${where || "the message"} that some parsers read as ${meant}`,
    });
  }
}

function folding(keys: readonly string[]): ReadonlyMap<string, string> {
  return new Map(keys.map((key) => [foldKey(key), key]));
}
