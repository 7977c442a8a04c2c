import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ActionBinding } from "../../../../gateway/domain/approval.ts";
import { type Answer, heldId } from "../world/caller.ts";
import { type House, openapi, routes } from "../world/house.ts";
import type { CountingUpstream } from "../world/upstream.ts";
import { made, type Written } from "./variants.ts";

/** Something on the gateway's side that is another after the approval than it was before. It stays that way. */
export interface WorldChange {
  readonly field: keyof ActionBinding | "labels";
  readonly what: string;
  readonly call: Written;
  /** The same request afterwards, where the change comes with it. */
  readonly after?: Written;
  /**
   * What becomes of the call: `drift`, people are asked again and see the change; `new`, they are asked as for a call that
   * never was; `refused`, nobody is asked.
   */
  readonly then: "drift" | "new" | "refused";
  /** Before people are asked. */
  prepare?(house: House): Promise<void>;
  change?(house: House, elsewhere: CountingUpstream): Promise<void>;
}

const usual: Written = { json: { amount: 1 } };
const session: Written = { ...usual, claims: { sid: "labelled" } };
const overMcp = mcp("tools/call", { name: "transfer", arguments: { item: "ITEM" } });

export const worldChanges: readonly WorldChange[] = [
  {
    field: "agent_owner",
    what: "somebody else answers for the agent",
    then: "drift",
    call: { ...usual, claims: { owner: "olga" } },
    after: { ...usual, claims: { owner: "oscar" } },
  },
  {
    field: "labels",
    what: "the session has read private data since",
    then: "drift",
    call: session,
    change: async (house) => void (await send(house, "read", { ...session, path: "/payments/v1/customers/read" })),
  },
  {
    field: "definition_digest",
    what: "the MCP tool says something else of itself",
    then: "refused",
    call: overMcp,
    prepare: (house) => described(house, "Moves money."),
    change: (house) => described(house, "Moves money, and tells nobody."),
  },
  {
    field: "definition_digest",
    what: "the OpenAPI operation is another",
    then: "drift",
    call: usual,
    change: async (house) => {
      const text = await readFile(openapi, "utf8");
      await writeFile(
        changedOpenapi(house),
        text.replace("operationId: transfer\n", "operationId: transfer\n      summary: Another\n"),
      );
      await again(house, { routes: routes(house.upstream.origin, changedOpenapi(house)) });
    },
  },
  {
    field: "origin",
    what: "the tool server is another",
    then: "drift",
    call: usual,
    change: (house, { origin }) => again(house, { routes: routes(origin, changedOpenapi(house)) }),
  },
  {
    field: "gateway",
    what: "the environment of the gateway is another",
    then: "new",
    call: usual,
    change: (house) => again(house, { environment: "another" }),
  },
  {
    field: "sensitivity",
    what: "the operator calls the tool less sensitive",
    then: "drift",
    call: usual,
    change: (house) => catalogued(house, { sensitivity: "low" }),
  },
  {
    field: "reversible",
    what: "the tool cannot be undone any more",
    then: "drift",
    call: usual,
    change: (house) => catalogued(house, { reversible: false }),
  },
];

/**
 * The approved call comes again in a changed world: it does not run, people are asked again and see what has changed, and
 * with their new answer it runs once. @returns what is wrong, or null
 */
export async function tryWorldChange(
  house: House,
  elsewhere: CountingUpstream,
  item: string,
  { field, what, call, after = call, then, prepare, change }: WorldChange,
): Promise<string | null> {
  const count = (): number => house.upstream.count(item) + elsewhere.count(item);
  await prepare?.(house);
  const first = heldId(await send(house, item, call));
  if (first === null) return `${what}: the call was not held`;
  await approve(house, first);
  await change?.(house, elsewhere);
  const answer = await send(house, item, after);
  if (count() !== 0) return `${what}: the call was executed, and answered ${answer.status}`;
  const second = heldId(answer);
  if (then === "refused") return second === null ? null : `${what}: people are asked again`;
  if (second === null || second === first) return `${what}: people are not asked again: ${JSON.stringify(answer.body)}`;
  const shown = await approve(house, second);
  if (then === "drift" && !shown.includes(field)) return `${what}: people are shown as changed: ${shown.join(", ")}`;
  await send(house, item, after);
  await send(house, item, after);
  return count() === 1 ? null : `${what}: the call approved anew was executed ${count()} times`;
}

async function send(house: House, item: string, written: Written): Promise<Answer> {
  return house.gateways[0]!.caller.call(await made(house, item, written));
}

/** @returns what the card shows as changed since people were asked before */
async function approve({ gateways }: House, id: string): Promise<string[]> {
  const person = await gateways[0]!.person();
  const card = await person.get(`/api/approvals/${id}`);
  const { body } = await person.vote(id);
  if (body["state"] !== "approved") throw new Error(`${id} could not be approved: ${JSON.stringify(body)}`);
  const { replaces } = card.body["approval"] as { readonly replaces: { readonly changes: { what: string }[] } | null };
  return (replaces?.changes ?? []).map((change) => change.what);
}

async function again({ gateways: [gateway] }: House, change: Readonly<Record<string, unknown>>): Promise<void> {
  await gateway!.kill("SIGTERM");
  await gateway!.caller.reconnect();
  await gateway!.startAgain(change);
}

async function catalogued(house: House, facts: object): Promise<void> {
  await house.policy.addData("catalog", { payments: { transfer: facts } });
  await again(house, { policy: { source: { archive: await house.build() } } });
}

async function described(house: House, description: string): Promise<void> {
  house.upstream.describe([{ name: "transfer", description, inputSchema: { type: "object" } }]);
  const { status, body } = await send(house, "list", mcp("tools/list", {}));
  if (status !== 200 || body["error"] !== undefined) throw new Error(`tools/list: ${status} ${JSON.stringify(body)}`);
}

function changedOpenapi({ dir }: House): string {
  return join(dir, "changed.openapi.yaml");
}

function mcp(method: string, params: object): Written {
  const headers = { "mcp-protocol-version": "2025-06-18", accept: "application/json, text/event-stream" };
  return { path: "/rpc", headers, text: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }) };
}
