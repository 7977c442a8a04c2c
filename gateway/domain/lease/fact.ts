import { decimal, decimalText } from "../../lib/decimal.ts";
import type { CatalogFact, OutsideFact, SpendFact, TaskFact } from "../facts.ts";
import type { ToolCall } from "../tool-call.ts";
import { type Lease, type LeaseUse, leaseState } from "./lease.ts";
import { type Price, pricesOf } from "./price.ts";
import { targetsOutside } from "./targets.ts";
import { coversTool } from "./tools.ts";

/** A task with what it has used, and those that it is a part of: the nearest first. */
export interface LeaseInUse {
  readonly lease: Lease;
  readonly use: LeaseUse;
}

/** The task, then its parent and so on: never empty. */
export type LeaseChain = readonly [LeaseInUse, ...LeaseInUse[]];

/** What policy sees of the task that a call belongs to: its own scope, and of the whole chain the least that is left. Pure. */
export function taskFact(
  chain: LeaseChain,
  call: Pick<ToolCall, "arguments" | "argumentsOmitted" | "resourceType" | "route" | "name">,
  catalog: CatalogFact,
  now: number,
): TaskFact {
  const [{ lease }] = chain;
  const { id, purpose, tools, targets, serves, parent, limits } = lease;
  const calls_left = least(chain, ({ lease: { limits: of }, use }) => leftOf(of.calls, use.calls));
  const spend = spendOf(chain, pricesOf(catalog, call));
  return {
    id,
    purpose,
    tools,
    targets,
    serves,
    parent,
    calls_left,
    within: chain.length === 1 ? nothingAbove : chain.slice(1).map(({ lease: above }) => above.id),
    state: leaseState(lease, now),
    expires_in: Math.max(0, Math.floor((limits.until - now) / 1_000)),
    concurrent_left: least(chain, ({ lease: { limits: of }, use }) => leftOf(of.concurrent, use.concurrent)),
    spend: spend.length === 0 ? noSpend : spend.map(({ fact }) => fact),
    outside: outsideOf(lease, call, catalog, { calls_left, spend }),
  };
}

const nothingAbove: readonly string[] = [];
const noSpend: readonly SpendFact[] = [];
const inside: readonly OutsideFact[] = [];

function leftOf(most: number | null, used: number): number | null {
  return most === null ? null : Math.max(0, most - used);
}

function least(chain: LeaseChain, left: (one: LeaseInUse) => number | null): number | null {
  return chain.reduce<number | null>((fewest, one) => {
    const here = left(one);
    return here === null ? fewest : Math.min(fewest ?? here, here);
  }, null);
}

interface Spend {
  readonly fact: SpendFact;
  readonly isEnough: boolean;
}

/** One entry for each unit that some task of the chain limits. */
function spendOf(chain: LeaseChain, prices: ReadonlyMap<string, Price>): readonly Spend[] {
  const left = new Map<string, bigint>();
  for (const { lease, use } of chain)
    for (const [unit, most] of Object.entries(lease.limits.spend)) {
      const here = (decimal(most) ?? 0n) - (use.spent.get(unit) ?? 0n);
      const known = left.get(unit);
      left.set(unit, known === undefined || here < known ? here : known);
    }
  if (left.size === 0) return [];
  return [...left].map(([unit, rest]) => {
    const price = prices.has(unit) ? (prices.get(unit) ?? null) : 0n;
    const fact = { unit, left: decimalText(rest > 0n ? rest : 0n), price: price === null ? null : decimalText(price) };
    return { fact, isEnough: price !== null && price <= rest };
  });
}

function outsideOf(
  { tools, targets }: Lease,
  call: Parameters<typeof taskFact>[1],
  catalog: CatalogFact,
  { calls_left, spend }: { readonly calls_left: number | null; readonly spend: readonly Spend[] },
): readonly OutsideFact[] {
  const found: OutsideFact[] = [];
  if (!coversTool(tools, call)) found.push({ dimension: "tools", at: null });
  if (targets !== null)
    for (const at of targetsOutside(targets, call, catalog)) found.push({ dimension: "targets", at });
  if (isCounted(call)) {
    if (calls_left === 0) found.push({ dimension: "calls", at: null });
    for (const { fact, isEnough } of spend) if (!isEnough) found.push({ dimension: "spend", at: fact.unit });
  }
  return found.length === 0 ? inside : found;
}

/** Calls of tools, prompts and resources count; what is said to a server as a whole, and polls of the gateway's own tasks, do not. */
export function isCounted({ resourceType }: Pick<ToolCall, "resourceType">): boolean {
  return resourceType !== "server" && resourceType !== "task";
}
