import type { InnerRequest } from "../../../gateway/domain/ports.ts";
import type { JsonObject } from "../../../gateway/lib/json.ts";
import { Bridge, type BridgeOptions } from "../../../gateway/stdio/bridge.ts";
import { testIds } from "../builders.ts";
import { realClock } from "../credentials.ts";
import { quiet } from "../quiet.ts";
import { type PlayedServer, playServer } from "./pipes.ts";

const handshake = {
  protocolVersion: "2025-11-25",
  capabilities: { tools: {}, tasks: {} },
  serverInfo: { name: "played" },
};

export interface BridgePlay {
  readonly bridge: Bridge;
  /** Those that were started, in order. */
  readonly servers: PlayedServer[];
  /** What was begun of requests, by their JSON-RPC method. */
  readonly begun: (string | null)[];
  send(message: JsonObject | null, more?: SendOptions): Promise<Response>;
  /** A session of this caller. */
  begin(person?: string, params?: JsonObject): Promise<string>;
}

export interface SendOptions {
  readonly method?: string;
  readonly session?: string;
  readonly person?: string;
  readonly headers?: readonly string[];
  readonly signal?: AbortSignal;
}

/** A bridge whose tool servers are played: they shake hands, and answer what `answer` says. */
export function playBridge(
  changes: Partial<BridgeOptions> = {},
  answer: (message: JsonObject) => object | undefined = () => ({ result: {} }),
): BridgePlay {
  const servers: PlayedServer[] = [];
  const begun: (string | null)[] = [];
  const bridge = new Bridge({
    route: "played",
    per: "person",
    secrets: [],
    startTimeoutMs: 5_000,
    idleMs: 60_000,
    most: 8,
    maxUnread: 100_000,
    clock: realClock,
    ids: testIds(),
    logger: quiet,
    launch: () => {
      const server = playServer({
        answer: (message) => {
          if (message["method"] === "initialize") return { result: handshake };
          return message["id"] === undefined || message["method"] === undefined ? undefined : answer(message);
        },
      });
      servers.push(server);
      const kill = (): void => server.transport.end("it was ended");
      return { transport: server.transport, opened: Promise.resolve(), about: {}, end: async () => kill(), kill };
    },
    ...changes,
  });
  const send: BridgePlay["send"] = (
    message,
    { method = "POST", session, person = "alice", headers = [], signal } = {},
  ) => {
    const request: InnerRequest = {
      method,
      target: "/mcp",
      body: message === null ? null : Buffer.from(JSON.stringify(message)),
      headers: [
        ...["accept", "application/json, text/event-stream", "content-type", "application/json", ...headers],
        ...(session === undefined ? [] : ["mcp-session-id", session]),
      ],
      caller: { principal: `of ${person}`, person },
      signal: signal ?? new AbortController().signal,
      begin: () => begun.push((message?.["method"] as string | undefined) ?? null),
    };
    return bridge.send(request);
  };
  const begin: BridgePlay["begin"] = async (person = "alice", params = {}) => {
    const asked = {
      protocolVersion: "2025-06-18",
      capabilities: {},
      clientInfo: { name: "c", version: "1" },
      ...params,
    };
    const answered = await send({ jsonrpc: "2.0", id: 0, method: "initialize", params: asked }, { person });
    await answered.text();
    return answered.headers.get("mcp-session-id") ?? "";
  };
  return { bridge, servers, begun, send, begin };
}

/** The JSON-RPC messages of an event stream that has ended. */
export async function messagesOf(answer: Response): Promise<JsonObject[]> {
  return (await answer.text())
    .split("\n")
    .filter((line) => line.startsWith("data: {"))
    .map((line) => JSON.parse(line.slice("data: ".length)) as JsonObject);
}
