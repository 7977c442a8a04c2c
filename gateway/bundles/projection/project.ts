import { Worker } from "node:worker_threads";
import type { Dispatch, DispatchTargets, Guarded, Projection, Projections, ReadTree } from "../../domain/projection.ts";
import { type OpaCommand, runOpa } from "../build/opa.ts";
import { Flow, type Program } from "./flow.ts";
import { type Origin, pathOf, type Under } from "./read-places.ts";
import {
  type Block,
  type Operand,
  type Plan,
  PLAN_PARAMETERS,
  type PlannedFunction,
  type StatementBody,
} from "./plan.ts";

/** What each entrypoint of a plan reads of the input. @throws Error for a plan with something unknown in it */
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
  /** Null once it was reached with parts the host cannot tell. */
  const apart = new Map<StatementBody, Dispatching | null>();
  const flow = new Flow({
    ...program,
    reachable(call, parts) {
      const called = program.reachable(call, parts);
      const [before, now] = [apart.get(call), dispatching(call, parts, called)];
      const told = before === undefined || sameKeys(before, now) ? now : null;
      apart.set(call, told);
      return told === null ? called : [];
    },
  });
  flow.enter(`entrypoint ${name}`, blocks, PLAN_PARAMETERS);
  flow.run();
  const told = [...apart.values()].filter((each) => each !== null);
  return { ...readsByGuard(flow), dispatched: dispatched(told, program) };
}

/** Each input is asked every condition, so only so many guards are kept; what the others guard counts as always read. */
const MOST_GUARDED = 32;

/** Only these parts of the input are large enough for it: their size is others' choice, or grows. */
const WORTH_GUARDING: readonly (readonly string[])[] = [
  ["context", "arguments"],
  ["context", "approval"],
  ["context", "session", "history"],
  ["context", "urls"],
  ["resource", "properties", "request"],
  ["subject", "properties", "claims"],
];

function isWorthGuarding(path: readonly string[]): boolean {
  return WORTH_GUARDING.some((place) => place.every((name, index) => path.length <= index || path[index] === name));
}

function readsByGuard({ root, guards }: Flow): Pick<Projection, "always" | "guarded"> {
  const unguarded = root.tree((under) => under.has("")) ?? {};
  const kept = new Map<string, Guarded>();
  for (const guard of root.guards()) {
    const reads = guard === "" ? null : root.tree((under, path) => under.has(guard) && isWorthGuarding(path));
    if (reads === null || covers(unguarded, reads) || kept.size >= MOST_GUARDED) continue;
    kept.set(guard, { when: guards.conditions(guard), reads });
  }
  const isAlways: Under = (under, path) => [...under].some((guard) => !kept.has(guard) || !isWorthGuarding(path));
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

/** Calls that are told by the same values belong to one dispatch. */
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

/** A call whose target depends on values of the input alone. */
interface Dispatching {
  /** Where in the input each variable part of the called name is. */
  readonly by: readonly (readonly string[])[];
  readonly targets: readonly Target[];
}

interface Target {
  /** What the variable parts have to be. */
  readonly names: readonly string[];
  readonly called: PlannedFunction;
}

/** Functions that a call may reach, judged by the constant parts of the name. */
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

/** The call as a dispatch by values that the host has too; null when it cannot tell the target beforehand. */
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
  /** Empty after a fault: the policy then gets the whole input, which is slower and as right. */
  readonly projections: Projections;
  readonly fault: string | null;
}

/**
 * What each entrypoint reads of the input, from OPA's own plan of the policy below `source`. The plan is what OPA
 * compiles to WebAssembly, so nothing of Rego has to be understood a second time here.
 * `build` are the arguments that the module is built with; the plan lies in `planFile` afterwards.
 */
export async function deriveProjections(
  opa: OpaCommand,
  build: readonly string[],
  source: string,
  planFile: string,
): Promise<Derived> {
  try {
    await runOpa(opa, build, source, "compile");
    return { projections: JSON.parse(await analyse(planFile)) as Projections, fault: null };
  } catch (error) {
    return { projections: {}, fault: error instanceof Error ? error.message : String(error) };
  }
}

function analyse(planFile: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./project-worker.ts", import.meta.url), { workerData: planFile });
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("the thread that reads the plan ended without an answer")));
  });
}
