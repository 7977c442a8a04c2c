import { randomUUID } from "node:crypto";
import { Client as ClientV2, StreamableHTTPClientTransport as TransportV2 } from "@modelcontextprotocol/client";
import { createTaskSessionFromClient, type RawClientDispatch } from "@modelcontextprotocol/ext-tasks/client";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as TransportV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { CallToolResultSchema } from "@modelcontextprotocol/sdk/types.js";
import { type ClientName, type ToolResult, toolResult } from "./mcp-clients.ts";

/** What a client tells about a task on the way to its end. */
export interface TaskStep {
  readonly taskId: string;
  readonly status: string;
  readonly message: string;
}

export interface TaskCall {
  /** Grows while the client polls. */
  readonly steps: readonly TaskStep[];
  /** The tool's result. Rejects with what the client makes of a failed or cancelled task. */
  readonly result: Promise<ToolResult>;
  /** Stops asking. Resolves when none of its questions is on the way any more. */
  leave(): Promise<void>;
}

/** The same few verbs over the task support of three real clients. */
export interface TaskClient {
  call(tool: string, args: Record<string, string>): TaskCall;
  /** Learns which tools may be called as tasks. */
  list(): Promise<string[]>;
  get(taskId: string): Promise<TaskStep>;
  cancel(taskId: string): Promise<void>;
  close(): Promise<void>;
}

const info = { name: "sallyport-test", version: "1.0.0" };

/** sdk 1.x with its experimental tasks, or client 2.x with the tasks extension's package in either era. */
export function taskClient(name: ClientName, url: string, token: string): Promise<TaskClient> {
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  return name === "v1 sdk" ? overV1(new URL(url), requestInit) : overExtTasks(name, new URL(url), requestInit);
}

async function overV1(url: URL, requestInit: RequestInit): Promise<TaskClient> {
  const client = new ClientV1(info);
  const sent = new Sent();
  await client.connect(new TransportV1(url, { requestInit, fetch: (to, init) => sent.add(fetch(to, init)) }));
  const { tasks } = client.experimental;
  return {
    call: (tool, args) => sent.call((steps, signal) => streamed(tool, args, steps, signal)),
    list: async () => (await client.listTools()).tools.map((tool) => tool.name),
    get: async (taskId) => stepOf(await tasks.getTask(taskId)),
    cancel: async (taskId) => void (await tasks.cancelTask(taskId)),
    close: () => client.close(),
  };

  async function streamed(
    tool: string,
    args: Record<string, unknown>,
    steps: TaskStep[],
    signal: AbortSignal,
  ): Promise<ToolResult> {
    const stream = tasks.callToolStream({ name: tool, arguments: args }, CallToolResultSchema, { task: {}, signal });
    for await (const message of stream) {
      if (message.type === "taskCreated" || message.type === "taskStatus") steps.push(stepOf(message.task));
      if (message.type === "result") return toolResult(message.result);
      if (message.type === "error") throw message.error;
    }
    throw new Error("the stream ended without a result");
  }
}

async function overExtTasks(name: ClientName, url: URL, requestInit: RequestInit): Promise<TaskClient> {
  const modern = name === "v2 modern";
  const client = new ClientV2(info, modern ? { versionNegotiation: { mode: "auto" } } : {});
  const sent = new Sent();
  await client.connect(new TransportV2(url, { requestInit, fetch: (to, init) => sent.add(fetchHere(to, init)) }));
  const framing = { protocolVersion: "2026-07-28", clientInfo: info, clientCapabilities: {} };
  const raw = modern ? { rawDispatch: rawDispatch(url, requestInit, sent), v2RequestFraming: framing } : {};
  const session = createTaskSessionFromClient(client, { endpointId: randomUUID(), ...raw });
  return {
    call: (tool, args) => sent.call((steps, signal) => settled(tool, args, steps, signal)),
    list: async () => (await client.listTools()).tools.map((tool) => tool.name),
    get: async (taskId) => stepOf(await session.task(taskId as never).snapshot()),
    cancel: (taskId) => session.cancelTask(taskId as never),
    close: async () => {
      await session.close();
      await client.close();
    },
  };

  async function settled(tool: string, args: Record<string, string>, steps: TaskStep[], signal: AbortSignal) {
    const execution = await session.callTool(tool, args, { task: { preference: "prefer" }, signal });
    const { outcome } = await execution.settle({
      signal,
      onEvent: (event) => void (event.type === "task" && steps.push(stepOf(event.task))),
    });
    if (outcome.status === "completed") return toolResult(outcome.result);
    throw outcome.status === "failed" ? outcome.error : new Error("the task was cancelled");
  }
}

/** The requests of one client that have no answer yet. Clients give up without taking back what they have sent. */
class Sent {
  readonly #open = new Set<Promise<unknown>>();

  add<Answer>(request: Promise<Answer>): Promise<Answer> {
    this.#open.add(request);
    const end = (): void => void this.#open.delete(request);
    request.then(end, end);
    return request;
  }

  call(run: (steps: TaskStep[], signal: AbortSignal) => Promise<ToolResult>): TaskCall {
    const steps: TaskStep[] = [];
    const leaving = new AbortController();
    const result = run(steps, leaving.signal);
    const leave = async (): Promise<void> => {
      leaving.abort();
      await Promise.allSettled([result]);
      await Promise.allSettled(this.#open);
    };
    return { steps, result, leave };
  }
}

/** Jest runs tests in a realm of their own, and the package takes only plain objects of its realm for JSON. */
async function fetchHere(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init);
  return Object.assign(response, { json: async () => JSON.parse(await response.text()) as unknown });
}

/** The stateless era's requests as its transport writes them: the client itself does not let task shapes through yet. */
function rawDispatch(url: URL, requestInit: RequestInit, sent: Sent): RawClientDispatch {
  return async (request, options) => {
    const { method, params } = request as { method: string; params: Record<string, unknown> };
    const name = params["taskId"] ?? params["name"];
    const question = fetchHere(url, {
      method: "POST",
      headers: {
        ...(requestInit.headers as Record<string, string>),
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": method,
        ...(typeof name === "string" ? { "mcp-name": name } : {}),
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: randomUUID(), method, params }),
      ...(options?.signal === undefined ? {} : { signal: options.signal }),
    });
    const response = await sent.add(question);
    const message = (await response.json()) as { result?: never; error?: never };
    return message.error === undefined
      ? { kind: "result", result: message.result ?? null }
      : { kind: "error", error: message.error };
  };
}

function stepOf(task: {
  readonly taskId: string;
  readonly status: string;
  readonly statusMessage?: string | undefined;
}): TaskStep {
  return { taskId: task.taskId, status: task.status, message: task.statusMessage ?? "" };
}
