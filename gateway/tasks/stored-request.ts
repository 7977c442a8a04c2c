import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { Refusal } from "../domain/errors.ts";
import type { Exchange } from "../domain/exchange.ts";
import type { StoredRequest } from "../domain/tasks.ts";
import { type ToolCall, transportSessionHeader } from "../domain/tool-call.ts";
import { withMirroredName } from "../domain/tool-definitions.ts";

/** Read by the gateway itself and not passed on; none of them is a credential. */
const readHere: ReadonlySet<string> = new Set(["host", "content-type", "sallyport-intent", "traceparent"]);

/** Beside the message of a call that is sent as another request, which has none of them. */
const ofMessage: readonly string[] = ["accept", "mcp-protocol-version", "mcp-method", "mcp-name"];

/**
 * The call without whoever sent it: what may travel on to the tool server, and what the parser needs to read the same call
 * again. Credentials are neither, so none is kept.
 */
export function storedRequest(exchange: Exchange, call: ToolCall): StoredRequest {
  const { req, body, headers: raw = req.rawHeaders, renaming } = exchange;
  const { request, mcp, route, operation } = call;
  if (mcp === null || mcp.id === null) throw new Refusal("internal", { detail: "only requests of MCP become tasks" });
  const sent = request.headers.map(([name]) => name);
  const kept = new Set([...sent, ...readHere, ...(operation === undefined ? [] : ofMessage), route.session.header]);
  const headers: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? "";
    if (kept.has(name.toLowerCase())) headers.push(name, raw[at + 1] ?? "");
  }
  return {
    method: req.method ?? "",
    url: req.url ?? "",
    headers,
    body: body ?? Buffer.alloc(0),
    era: mcp.era,
    rpc_id: mcp.id,
    ...(renaming === undefined ? {} : { renaming }),
  };
}

/**
 * The same with another id of its transport session. A call is stored with the tool server's own, which is right for as long as the task
 * is kept and at gateways of a version that sealed none; what its caller has is sealed with keys that go.
 */
export function inSession(request: StoredRequest, idFor: (session: string) => string): StoredRequest {
  const headers = request.headers.map((text, at, all) =>
    at % 2 === 1 && all[at - 1]?.toLowerCase() === transportSessionHeader ? idFor(text) : text,
  );
  return { ...request, headers };
}

/** The same with another body, and with `Mcp-Name` repeating what that one names. */
export function renamed(request: StoredRequest, body: Buffer, name: string): StoredRequest {
  return { ...request, headers: withMirroredName(request.headers, name), body };
}

/**
 * A request for the parser to read as it read the first one. It has a socket that nothing ever comes from: should it be
 * refused, no connection of its caller is given up for that.
 */
export function standIn({ method, url, headers, body }: StoredRequest, encrypted: boolean): IncomingMessage {
  const socket = new Socket();
  const req = new IncomingMessage(encrypted ? Object.assign(socket, { encrypted }) : socket);
  req.method = method;
  req.url = url;
  req.httpVersion = "1.1";
  req.httpVersionMajor = 1;
  req.httpVersionMinor = 1;
  req.rawHeaders = [...headers, "content-length", String(body.length)];
  return req;
}

export function isEncrypted({ socket }: IncomingMessage): boolean {
  return "encrypted" in socket && socket.encrypted === true;
}
