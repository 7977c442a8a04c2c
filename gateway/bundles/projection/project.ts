import type { Dispatch, DispatchTargets, Guarded, Projection, Projections, ReadTree } from "../../domain/projection.ts";
import { candidates, type Dispatching, dispatching, type Target } from "./dispatch.ts";
import { Flow, type Program } from "./flow.ts";
import type { Under } from "./read-node.ts";
import { type Block, type Plan, PLAN_PARAMETERS, type PlannedFunction, type StatementBody } from "./plan.ts";

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
