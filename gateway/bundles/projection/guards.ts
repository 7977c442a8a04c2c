import type { Condition, DataStep } from "../../domain/ports.ts";
import { type Locals, originOf, pathOf, type Reading } from "./read-places.ts";
import type { Block, Operand, StatementBody } from "./plan.ts";

/** Conditions of one guard; more are not needed to distinguish tools. */
const MAX_CONDITIONS = 4;

/** Guards of one flow. Each guard multiplies the analysis; beyond the limit conditions are ignored, as if they always held. */
const MAX_GUARDS = 1_024;

/** Conditions that hold at one point of the flow. */
type Guard = readonly Condition[];

export class Guards {
  readonly reading: Reading = { guard: "" };
  readonly #known = new Map<string, Guard>([["", []]]);

  get now(): string {
    return this.reading.guard;
  }

  set now(key: string) {
    this.reading.guard = key;
  }

  conditions(key: string): Guard {
    return this.#known.get(key) ?? [];
  }

  /** From here to the end of the block, `condition` holds as well. */
  passed(condition: Condition): void {
    const guard = strengthened(this.conditions(this.now), condition);
    const key = JSON.stringify(guard);
    if (!this.#known.has(key)) {
      if (this.#known.size >= MAX_GUARDS) return;
      this.#known.set(key, guard);
    }
    this.now = key;
  }
}

/** Adds the condition; a longer data path replaces a shorter one, which it implies. */
function strengthened(guard: Guard, condition: Condition): Guard {
  const kept = guard.filter((known) => !("data" in known && "data" in condition && begins(condition.data, known.data)));
  const known = kept.some((each) => JSON.stringify(each) === JSON.stringify(condition));
  return known || kept.length >= MAX_CONDITIONS ? kept : [...kept, condition];
}

function begins(path: readonly DataStep[], start: readonly DataStep[]): boolean {
  return start.every((step, index) => JSON.stringify(step) === JSON.stringify(path[index]));
}

type Equality = Extract<Condition, { readonly at: unknown }>;

/** The condition of an EqualStmt that compares one place of the input with a text or a boolean; null for any other. */
export function equalityOf({ a, b }: StatementBody, locals: Locals, strings: readonly string[]): Equality | null {
  for (const [one, other] of [
    [a, b],
    [b, a],
  ]) {
    const [path, is] = [pathOf(originOf(one, locals)), constantOf(other, strings)];
    if (path !== null && is !== undefined) return { at: path, is, not: false };
  }
  return null;
}

function constantOf(operand: Operand | number | undefined, strings: readonly string[]): string | boolean | undefined {
  if (typeof operand !== "object" || operand.type === "local") return undefined;
  return operand.type === "bool" ? operand.value : strings[operand.value];
}

/** The other statements of `not input.a.b == "c"`; none of them fails when the two are equal. */
const CANNOT_FAIL: ReadonlySet<string> = new Set(["AssignVarStmt", "IsDefinedStmt"]);

/**
 * The condition that holds after a NotStmt whose block only compares one place of the input with a constant; null for any other
 * block. `locals` are those at the end of the block.
 */
export function refusedBy({ stmts }: Block, locals: Locals, strings: readonly string[]): Condition | null {
  let equal: Equality | null = null;
  const looked: (readonly string[])[] = [];
  const assigned = new Set<unknown>();
  for (const { type, stmt } of stmts ?? []) {
    // A local assigned twice may no longer hold the value that was compared.
    if (stmt.target !== undefined && assigned.size === assigned.add(stmt.target).size) return null;
    if (type === "DotStmt") {
      const path = typeof stmt.target === "number" ? pathOf(locals.get(stmt.target)) : null;
      if (path === null) return null;
      looked.push(path);
    } else if (type === "EqualStmt" && equal === null) {
      equal = equalityOf(stmt, locals, strings);
      if (equal === null) return null;
    } else if (!CANNOT_FAIL.has(type)) return null;
  }
  if (equal === null) return null;
  const { at } = equal;
  const onWay = looked.every((path) => path.every((name, index) => at[index] === name));
  return onWay ? { ...equal, not: true } : null;
}
