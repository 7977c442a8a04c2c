import { eventually } from "../../../support/eventually.ts";
import { type Answer, type Call, type Caller, heldId } from "../../approvals/world/caller.ts";
import { inParallel } from "../../approvals/world/in-parallel.ts";
import type { AccessHouse } from "./house.ts";

/** How many of each are open when access ends. */
export interface Amounts {
  readonly calls: number;
  readonly held: number;
  readonly streams: number;
}

/** What its caller got in the end, and when. */
export interface Told {
  readonly answer: Answer | null;
  readonly at: number;
}

/** One call or stream at the tool server, or one that waits for people on an open connection. */
export interface Open {
  readonly item: string;
  readonly kind: "http" | "mcp" | "modern" | "http-stream" | "mcp-stream" | "mcp-events" | "waiting";
  /** Never rejects. */
  readonly told: Promise<Told>;
}

/** All that is open under one access. */
export interface Scene {
  readonly calls: readonly Open[];
  readonly streams: readonly Open[];
  /** Callers that keep their connection while people decide. */
  readonly waiting: readonly Open[];
  /** Ids of all held calls, of those that wait and of those that were told to come back. */
  readonly held: readonly string[];
}

const shapes = {
  call: ["http", "mcp", "http", "modern"],
  stream: ["http-stream", "mcp-stream", "mcp-events"],
} as const;

/** Opens all of it, on all gateways in turn; resolves when every call and stream has reached the tool server and every question is held. */
export async function openScene(house: AccessHouse, name: string, token: string, amounts: Amounts): Promise<Scene> {
  const at = (index: number): Caller => house.gateways[index % house.gateways.length]!.caller;
  const make = (kind: Open["kind"], index: number): Open => {
    const item = `${name}-${kind}-${index}`;
    return { item, kind, told: telling(at(index).call(requestOf(kind, item, token))) };
  };
  const of = (count: number, kinds: readonly Open["kind"][]): Open[] =>
    Array.from({ length: count }, (_, index) => make(kinds[index % kinds.length]!, index));
  const held = await askPeople(house, name, token, Math.floor(amounts.held / 2));
  const waiting = of(amounts.held - held.length, ["waiting"]);
  const [calls, streams] = [of(amounts.calls, shapes.call), of(amounts.streams, shapes.stream)];
  await allBegun(house, [...calls, ...streams]);
  const more = await heldFor(house, waiting);
  return { calls, streams, waiting, held: [...held, ...more] };
}

function requestOf(kind: Open["kind"], item: string, token: string): Call {
  switch (kind) {
    case "http":
      return { path: "/payments/v1/customers/read", token, json: { item } };
    case "http-stream":
      return { path: "/payments/v1/customers/read", token, json: { item, stream: true }, headers: events };
    case "waiting":
      return { path: "/payments/v1/transfers", token, json: { item }, headers: { prefer: "wait=1800" } };
    case "mcp":
      return { path: "/rpc", token, json: message({ item }), headers: legacy };
    case "mcp-events":
      return { path: "/rpc", token, json: message({ item, stream: true }), headers: legacy };
    case "mcp-stream":
      return { path: "/rpc", token, method: "GET", headers: { ...legacy, ...events, "mcp-session-id": item } };
    case "modern":
      return { path: "/rpc", token, json: message({ item }, frame), headers: modern };
  }
}

const events = { accept: "text/event-stream" };
const legacy = { "mcp-protocol-version": "2025-11-25", accept: "application/json, text/event-stream" };
const modern = {
  "mcp-protocol-version": "2026-07-28",
  accept: legacy.accept,
  "mcp-method": "tools/call",
  "mcp-name": "read_customer",
};
const frame = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};

/** The item is the JSON-RPC id as well, so that whatever is said of the request names it. */
function message(args: { readonly item: string; readonly stream?: boolean }, meta: object = {}): object {
  const params = { name: "read_customer", arguments: args, _meta: meta };
  return { jsonrpc: "2.0", id: args.item, method: "tools/call", params };
}

async function telling(calling: Promise<Answer>): Promise<Told> {
  const answer = await calling.catch(() => null);
  return { answer, at: performance.now() };
}

/** Calls that are held, and whose callers were told to come back. */
async function askPeople({ gateways }: AccessHouse, name: string, token: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  await inParallel(Array.from({ length: count }), 32, async (_, index) => {
    const { caller } = gateways[index % gateways.length]!;
    const json = { item: `${name}-asked-${index}` };
    const id = heldId(await caller.call({ path: "/payments/v1/transfers", token, json }));
    if (id === null) throw new Error(`${json.item} was not held`);
    ids.push(id);
  });
  return ids;
}

async function allBegun({ upstream }: AccessHouse, open: readonly Open[]): Promise<void> {
  await eventually("everything has reached the tool server", async () => {
    const begun = new Set(upstream.begun.map(({ item }) => item));
    const missing = open.filter(({ item }) => !begun.has(item));
    // Whoever was answered already is not going to begin.
    for (const { item, told } of missing) {
      const early = await Promise.race([told, Promise.resolve(null)]);
      if (early !== null) throw new Error(`${item} was answered ${JSON.stringify(early.answer)}`);
    }
    return missing.length === 0 ? true : null;
  });
}

async function heldFor(house: AccessHouse, waiting: readonly Open[]): Promise<string[]> {
  const items = new Set(waiting.map(({ item }) => item));
  return eventually("everybody waits", async () => {
    const found = await house.look((store) => store.list({ states: ["held"], limit: 100_000 }));
    for (const { item, told } of waiting) {
      const early = await Promise.race([told, Promise.resolve(null)]);
      if (early !== null) throw new Error(`${item} was answered ${JSON.stringify(early.answer)}`);
    }
    const ids = found.filter(({ binding }) => items.has(String(binding.arguments?.["item"]))).map(({ id }) => id);
    return ids.length === waiting.length ? ids : null;
  });
}
