import type { Random } from "../check.ts";

/** A request taken to pieces, so that each can be spoiled by itself. Header lines are kept as written. */
export interface Message {
  method: string;
  target: string;
  version: string;
  headers: string[];
  body: string;
  eol: string;
}

export interface Surroundings {
  readonly host: string;
  readonly tokens: { readonly payments: string; readonly crm: string };
}

/** A well-formed request that policy allows; `id` shows in the target of every other one. */
export function soundMessage(random: Random, { host, tokens }: Surroundings, id: string): Message {
  const message: Message = {
    method: "GET",
    target: "",
    version: "HTTP/1.1",
    headers: [`Host: ${host}`],
    body: "",
    eol: "\r\n",
  };
  const kind = random.pick([0, 0, 0, 1, 2, 3]);
  message.headers.push(`Authorization: Bearer ${kind === 3 ? tokens.crm : tokens.payments}`);
  if (kind === 0) {
    message.target = `/payments/v1/orders/${id}`;
    return message;
  }
  message.method = "POST";
  message.target = kind === 3 ? "/mcp/crm" : "/payments/v1/echo";
  message.headers.push("Content-Type: application/json");
  const body =
    kind === 3
      ? rpc(message, random)
      : JSON.stringify({ n: random.below(1_000_000), text: "x".repeat(random.below(60)) });
  if (random.chance(0.4)) {
    message.headers.push("Transfer-Encoding: chunked");
    message.body = chunked(random, body);
  } else {
    message.headers.push(`Content-Length: ${body.length}`);
    message.body = body;
  }
  return message;
}

function rpc(message: Message, random: Random): string {
  message.headers.push("Accept: application/json, text/event-stream", "MCP-Protocol-Version: 2025-06-18");
  const params = { name: "find_ticket", arguments: { id: `t-${random.below(1_000)}` } };
  return JSON.stringify({ jsonrpc: "2.0", id: random.below(1_000), method: "tools/call", params });
}

export function chunked(random: Random, body: string): string {
  const pieces: string[] = [];
  for (let at = 0; at < body.length;) {
    const size = Math.min(body.length - at, 1 + random.below(40));
    pieces.push(`${size.toString(16)}\r\n${body.slice(at, at + size)}\r\n`);
    at += size;
  }
  return `${pieces.join("")}0\r\n\r\n`;
}

export function textOf({ method, target, version, headers, body, eol }: Message): string {
  return `${method} ${target} ${version}${eol}${headers.join(eol)}${eol}${eol}${body}`;
}
