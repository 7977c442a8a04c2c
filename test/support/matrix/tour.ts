import { Client as ModernClient, type Transport as ModernTransport } from "@modelcontextprotocol/client";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  ResultSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { eventually } from "../eventually.ts";
import type { Plan, Seen } from "./plan.ts";

type Params = Readonly<Record<string, unknown>>;
interface Options {
  readonly onprogress?: () => void;
  readonly signal?: AbortSignal;
}

/** What is used of the clients of both SDKs. */
interface Verbs {
  ask(method: string, params: Params): Promise<object>;
  call(name: string, args: Params, options: Options): Promise<object>;
  capabilities(): Readonly<Record<string, unknown>>;
  /** To changes of all lists and of these resources (MCP 2026-07-28, in the place of subscriptions); null before. */
  readonly listen: ((resources: readonly string[]) => Promise<{ close(): Promise<void> }>) | null;
  close(): Promise<void>;
}

const info = { name: "matrix", version: "1" };
const sampled = { role: "assistant" as const, model: "test", content: { type: "text" as const, text: "thought" } };
const roots = { roots: [{ uri: "file:///tour", name: "tour" }] };
/** Each server takes of it what it has asked for. */
const elicited = { action: "accept" as const, content: { name: "Ada" } };
const offered = { sampling: {}, elicitation: { form: {}, url: {} }, roots: { listChanged: true } };

const allLists = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true };

function declared({ capabilities }: Plan): Partial<typeof offered> {
  return Object.fromEntries(capabilities.map((name) => [name, offered[name]]));
}

export async function sdkOne(transport: Transport, plan: Plan): Promise<Verbs> {
  const client = new Client(info, { capabilities: declared(plan) });
  if (plan.capabilities.includes("sampling")) client.setRequestHandler(CreateMessageRequestSchema, () => sampled);
  if (plan.capabilities.includes("elicitation")) client.setRequestHandler(ElicitRequestSchema, () => elicited);
  if (plan.capabilities.includes("roots")) client.setRequestHandler(ListRootsRequestSchema, () => roots);
  await client.connect(transport);
  return {
    ask: (method, params) => client.request({ method, params }, ResultSchema),
    call: (name, args, options) => client.callTool({ name, arguments: args }, undefined, options),
    capabilities: () => client.getServerCapabilities() ?? {},
    listen: null,
    close: () => client.close(),
  };
}

/** `era`: what it speaks with a server that can do both. */
export async function sdkTwo(transport: ModernTransport, plan: Plan, era: "legacy" | "auto"): Promise<Verbs> {
  const client = new ModernClient(info, {
    capabilities: declared(plan),
    ...(era === "auto" ? { versionNegotiation: { mode: "auto" as const } } : {}),
  });
  if (plan.capabilities.includes("sampling")) client.setRequestHandler("sampling/createMessage", () => sampled);
  if (plan.capabilities.includes("elicitation")) client.setRequestHandler("elicitation/create", () => elicited);
  if (plan.capabilities.includes("roots")) client.setRequestHandler("roots/list", () => roots);
  await client.connect(transport);
  // Since MCP 2026-07-28 each request says for itself that it is told of log messages.
  const logged = era === "legacy" ? {} : { _meta: { "io.modelcontextprotocol/logLevel": "debug" as const } };
  return {
    ask: async (method, params) => await client.request({ method, params } as never),
    call: (name, args, options) => client.callTool({ name, arguments: args, ...logged }, options),
    capabilities: () => client.getServerCapabilities() ?? {},
    listen:
      era === "legacy" ? null : (resources) => client.listen({ ...allLists, resourceSubscriptions: [...resources] }),
    close: () => client.close(),
  };
}

/**
 * Records the messages that tell of something. Not `onprogress`: SDK 1 drops progress that it reads together with the answer, as it does
 * when the machine is busy.
 */
export function toldOver(
  transport: Pick<Transport | ModernTransport, "onmessage">,
): { method: string; params: Params }[] {
  const told: { method: string; params: Params }[] = [];
  transport.onmessage = (message: object) => {
    if ("method" in message && !("id" in message)) told.push(message as (typeof told)[number]);
  };
  return told;
}

/** All that a server offers, step by step. */
export async function tour(verbs: Verbs, plan: Plan, told: ReturnType<typeof toldOver>): Promise<Seen> {
  const seen: [string, unknown][] = [];
  const step = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    const from = told.length;
    const got = await work().catch((thrown: unknown) => String(thrown));
    seen.push([name, got], [`progress of ${name}`, progressIn(told.slice(from))]);
  };
  const listening = plan.tells.length === 0 ? undefined : await listenToFirst(verbs);
  const tools = await listed(verbs, "tools");
  seen.push(["tools/list", tools]);
  for (const [name, args] of plan.calls)
    await step(`call ${name}`, () => verbs.call(name, args, { onprogress: () => undefined }));
  const { resources, prompts, completions, logging } = verbs.capabilities();
  if (resources !== undefined) await readAll(verbs, plan, step);
  if (prompts !== undefined) {
    await step("prompts/list", () => verbs.ask("prompts/list", {}));
    for (const [name, args] of Object.entries(plan.prompts))
      await step(`prompt ${name}`, () => verbs.ask("prompts/get", { name, arguments: args }));
  }
  if (completions !== undefined)
    for (const one of plan.completions) await step("completion", () => verbs.ask("completion/complete", { ...one }));
  if (logging !== undefined) await step("logging", () => verbs.ask("logging/setLevel", { level: "debug" }));
  if (plan.slow !== null) seen.push(["called off", await callOff(verbs, plan.slow, told)]);
  seen.push(["notifications", await heard(plan, told)]);
  await listening?.close();
  await verbs.close();
  return seen;
}

/** Null where its client subscribes instead. */
async function listenToFirst(verbs: Verbs) {
  if (verbs.listen === null) return null;
  const [first] = "resources" in verbs.capabilities() ? ((await listed(verbs, "resources")) as { uri: string }[]) : [];
  return verbs.listen(first === undefined ? [] : [first.uri]);
}

/** What a server told that the plan speaks of, once all of it has come: in any order, each once. */
async function heard({ tells }: Plan, told: ReturnType<typeof toldOver>): Promise<readonly string[]> {
  const patterns = tells.map((text) => new RegExp(text));
  const texts = () =>
    told.map(({ method, params = {} }) => {
      const { _meta: _about, ...rest } = params;
      return JSON.stringify({ method, params: rest });
    });
  for (const pattern of patterns)
    await eventually(`a notification like ${pattern.source}`, () =>
      texts().some((one) => pattern.test(one)) ? true : null,
    );
  return [...new Set(texts().filter((one) => patterns.some((pattern) => pattern.test(one))))].toSorted();
}

type Step = (name: string, work: () => Promise<unknown>) => Promise<void>;

async function readAll(verbs: Verbs, { uris, updates }: Plan, step: Step): Promise<void> {
  await step("resources/templates/list", () => verbs.ask("resources/templates/list", {}));
  const resources = (await listed(verbs, "resources")) as { uri: string }[];
  await step("resources/list", () => Promise.resolve(resources));
  for (const uri of [...resources.map((one) => one.uri), ...uris])
    await step(`read ${uri}`, () => verbs.ask("resources/read", { uri }));
  const [first] = resources;
  if (first === undefined) return;
  await step("subscribe", () => verbs.ask("resources/subscribe", { uri: first.uri }));
  if (updates !== null)
    for (const _time of ["on", "off"]) await step(`call ${updates}`, () => verbs.call(updates, {}, {}));
  await step("unsubscribe", () => verbs.ask("resources/unsubscribe", { uri: first.uri }));
}

/** All pages. */
async function listed(verbs: Verbs, what: "tools" | "resources"): Promise<object[]> {
  const all: object[] = [];
  let cursor: string | undefined;
  do {
    const params = cursor === undefined ? {} : { cursor };
    const page = (await verbs.ask(`${what}/list`, params)) as Record<string, object[]> & { nextCursor?: string };
    all.push(...(page[what] ?? []));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return all;
}

/** What a call told of its progress, in its order; tokens are the client's own. */
export function progressIn(told: ReturnType<typeof toldOver>): Params[] {
  return told
    .filter(({ method }) => method === "notifications/progress")
    .map(({ params: { progressToken: _own, _meta: _about, ...rest } }) => rest);
}

async function callOff(verbs: Verbs, [name, args]: NonNullable<Plan["slow"]>, told: ReturnType<typeof toldOver>) {
  const from = told.length;
  const over = new AbortController();
  const called = verbs.call(name, args, { onprogress: () => undefined, signal: over.signal }).then(
    () => "answered",
    // What the client says of its own doing: a call that fails otherwise says something else.
    String,
  );
  await eventually("it is under way", () => (progressIn(told.slice(from)).length > 0 ? true : null));
  over.abort();
  return called;
}
