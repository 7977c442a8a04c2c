import { askBuildThread, expectPlan } from "../thread/build-thread.ts";
import type { Dispatch, DispatchTargets, Guarded, Projection, Projections, ReadTree } from "../../domain/ports.ts";
import { type OpaCommand, runOpa } from "../build/opa.ts";
import { Flow, type Program } from "./flow.ts";
import {
  type Block,
  type Operand,
  type Plan,
  PLAN_PARAMETERS,
  type PlannedFunction,
  type StatementBody,
} from "./plan.ts";
import { type Origin, pathOf, type GuardFilter } from "./read-places.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** What each entrypoint of a plan reads of the input. @throws Error for an unknown statement */
export function projectionsOf(plan: Plan): Projections {
  const strings = (plan.static.strings ?? []).map(({ value }) => value);
  const functions = plan.funcs?.funcs ?? [];
  const known = new Map<StatementBody, PlannedFunction[]>();
  const anything = (call: StatementBody): PlannedFunction[] => {
    const called = known.get(call) ?? candidates(call, functions, strings);
    known.set(call, called);
    return called;
  };
  const program: Program = {
    strings,
    functions: new Map(functions.map((each) => [each.name, each])),
    builtins: new Set((plan.static.builtin_funcs ?? []).map(({ name }) => name)),
    reachable: anything,
  };
  const found = Object.create(null) as Record<string, Projection>;
  for (const { name, blocks } of plan.plans.plans) found[name] = projectionOf(name, blocks, program);
  return found;
}

function projectionOf(name: string, blocks: readonly Block[], program: Program): Projection {
  /** null for a call that was reached with a computed name that the host cannot evaluate. */
  const separated = new Map<StatementBody, Dispatching | null>();
  const flow = new Flow({
    ...program,
    reachable(call, parts) {
      const called = program.reachable(call, parts);
      const [before, now] = [separated.get(call), dispatching(call, parts, called)];
      const dispatch = before === undefined || sameKeys(before, now) ? now : null;
      separated.set(call, dispatch);
      return dispatch === null ? called : [];
    },
  });
  flow.enter(`entrypoint ${name}`, blocks, PLAN_PARAMETERS);
  flow.run();
  const dispatches = [...separated.values()].filter((each) => each !== null);
  return { ...readsByGuard(flow), dispatched: dispatched(dispatches, program) };
}

/** Guards of one projection. The host evaluates each for every input; what further guards protect counts as always read. */
const MAX_GUARDED = 128;

/** Parts of the input that are worth a guard: callers choose their size, or they grow. */
const GUARDED_PARTS: readonly (readonly string[])[] = [
  ["context", "arguments"],
  ["context", "approval"],
  ["context", "session", "history"],
  ["context", "urls"],
  ["context", "provenance"],
  ["context", "secrets"],
  ["context", "copied"],
  ["context", "completes"],
  ["context", "risk"],
  ["context", "before"],
  ["context", "asked"],
  ["resource", "properties", "request"],
  ["subject", "properties", "claims"],
];

function isGuarded(path: readonly string[]): boolean {
  return GUARDED_PARTS.some((place) => place.every((name, index) => path.length <= index || path[index] === name));
}

function readsByGuard({ root, guards }: Flow): Pick<Projection, "always" | "guarded"> {
  const unguarded = root.tree((under) => under.has("")) ?? {};
  const kept = new Map<string, Guarded>();
  for (const guard of root.guards()) {
    const reads = guard === "" ? null : root.tree((under, path) => under.has(guard) && isGuarded(path));
    if (reads === null || covers(unguarded, reads) || kept.size >= MAX_GUARDED) continue;
    kept.set(guard, { when: guards.conditions(guard), reads });
  }
  const isAlways: GuardFilter = (under, path) => [...under].some((guard) => !kept.has(guard) || !isGuarded(path));
  const always = root.tree(isAlways) ?? {};
  return { always, guarded: [...kept.values()] };
}

function covers(known: ReadTree | undefined, reads: ReadTree): boolean {
  if (known === true || known === undefined) return known === true;
  return reads !== true && Object.entries(reads).every(([name, below]) => covers(known[name], below));
}

function sameKeys(one: Dispatching | null, other: Dispatching | null): boolean {
  return JSON.stringify(one?.by) === JSON.stringify(other?.by);
}

/** Calls whose names depend on the same values become one dispatch. */
function dispatched(calls: readonly Dispatching[], program: Program): Dispatch[] {
  const groups = Map.groupBy(calls, ({ by }) => JSON.stringify(by));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    const tree = Object.create(null) as Record<string, DispatchTargets>;
    const byNames = Map.groupBy(
      group.flatMap(({ targets }) => targets),
      ({ names }) => JSON.stringify(names),
    );
    for (const same of byNames.values()) put(tree, same[0]?.names ?? [], readsOf(same, program));
    return first === undefined || byNames.size === 0 ? [] : [{ by: first.by, targets: tree }];
  });
}

function readsOf(targets: readonly Target[], program: Program): ReadTree {
  const flow = new Flow(program);
  for (const { name, blocks, params } of new Set(targets.map(({ called }) => called))) flow.enter(name, blocks, params);
  flow.run();
  return flow.root.tree((under) => under.size > 0) ?? {};
}

function put(tree: Record<string, DispatchTargets | ReadTree>, names: readonly string[], reads: ReadTree): void {
  const [name = "", ...rest] = names;
  if (rest.length === 0) tree[name] = reads;
  else put((tree[name] ??= Object.create(null) as DispatchTargets) as Record<string, DispatchTargets>, rest, reads);
}

/** A call whose target depends on values of the input only. */
interface Dispatching {
  /** The input path of each computed part of the called name. */
  readonly by: readonly (readonly string[])[];
  readonly targets: readonly Target[];
}

interface Target {
  /** The values of the computed parts that select this target. */
  readonly names: readonly string[];
  readonly called: PlannedFunction;
}

/** Functions whose names match the constant parts of a call. */
function candidates(
  { path }: StatementBody,
  functions: readonly PlannedFunction[],
  strings: readonly string[],
): PlannedFunction[] {
  const parts = (path ?? []) as readonly Operand[];
  return functions.filter(({ path: name }) => {
    if (name === undefined) return false;
    const shared = parts.slice(0, name.length);
    return shared.every((part, index) => part.type !== "string_index" || strings[part.value] === name[index]);
  });
}

/** The call as a dispatch by input values; null when the host cannot determine the target from the input. */
function dispatching(
  { path }: StatementBody,
  parts: readonly Origin[],
  called: readonly PlannedFunction[],
): Dispatching | null {
  const operands = (path ?? []) as readonly Operand[];
  const variable = operands.flatMap(({ type }, index) => (type === "string_index" ? [] : [index]));
  const by = variable.map((index) => pathOf(parts[index] as Origin));
  if (by.includes(null) || called.some((target) => target.path?.length !== operands.length)) return null;
  return {
    by: by as readonly (readonly string[])[],
    targets: called.map((target) => ({
      names: variable.map((index) => target.path?.[index] as string),
      called: target,
    })),
  };
}

interface Derived {
  /** Empty after a fault: the policy then gets the whole input, which is slower and equally correct. */
  readonly projections: Projections;
  readonly fault: string | null;
}

/**
 * What each entrypoint reads of the input, from OPA's plan of the policy below `source`. OPA compiles this plan to WebAssembly,
 * so no second interpretation of Rego is needed. `build`: the arguments of `opa build`, which write the plan to `planFile`.
 */
export async function deriveProjections(
  opa: OpaCommand,
  build: readonly string[],
  source: string,
  planFile: string,
): Promise<Derived> {
  try {
    expectPlan();
    await runOpa(opa, build, source, "compile");
    return { projections: parseJson(await askBuildThread("plan", planFile)) as Projections, fault: null };
  } catch (error) {
    return { projections: {}, fault: error instanceof Error ? error.message : String(error) };
  }
}
