import fc from "fast-check";
import { RegoObject, RegoSet, type Value } from "../../../gateway/decide/value.ts";
import { countable, ofType } from "./arguments.ts";
import { isBearable } from "./bearable.ts";
import type { Declared } from "./builtins.ts";
import { specimens } from "./specimens/all.ts";

/** Ground arguments of one call. */
export type Arguments = readonly Value[];

/** How often a call is a specimen, when each other kind comes once. */
const SPECIMENS = 6;
/** Their work grows with a number, not with the size of what they are given. */
const counting = new Set(["bits.lsh", "numbers.range", "numbers.range_step", "format_int"]);
const types = ["string", "number", "boolean", "null", "array", "set", "object"] as const;

/** `count` calls: specimens, calls of the right types, one argument of a wrong one, and ordinary calls with one argument exchanged. */
export function generateCalls(
  { name, args }: Declared,
  ordinary: readonly Arguments[],
  count: number,
  seed: number,
): Arguments[] {
  const typed = fc.tuple(...args.map((type) => rightFor(name, type)));
  if (args.length === 0) return [[]];
  const position = fc.nat({ max: args.length - 1 });
  const wrong = fc.constantFrom(...types).chain((type) => rightFor(name, type));
  const miscast = fc.tuple(typed, position, wrong).map(([all, at, value]) => all.with(at, value));
  const kinds: fc.Arbitrary<Arguments>[] = [typed, miscast];
  const specimen = specimens[name];
  if (specimen !== undefined) kinds.push(...Array<typeof specimen>(SPECIMENS).fill(specimen));
  if (ordinary.length > 0) {
    const known = fc.constantFrom(...ordinary).filter((all) => all.length === args.length);
    kinds.push(
      known,
      fc.tuple(known, position, typed).map(([all, at, other]) => all.with(at, other[at] as Value)),
    );
    kinds.push(fc.tuple(known, position, known).map(([all, at, other]) => all.with(at, other[at] as Value)));
    kinds.push(fc.tuple(known, position, wrong).map(([all, at, value]) => all.with(at, value)));
    kinds.push(
      fc.tuple(known, position, fc.nat(), ofType.string).map(([all, at, where, part]) => spliced(all, at, where, part)),
    );
  }
  return fc.sample(
    fc.oneof(...kinds).filter((all) => isBearable(name, all)),
    { numRuns: count, seed },
  );
}

function rightFor(name: string, type: typeof ofType extends Readonly<Record<infer Type, unknown>> ? Type : never) {
  return counting.has(name) && type === "number" ? countable : ofType[type];
}

/** A text or list with something put into its middle; any other value as it is. */
function spliced(all: Arguments, at: number, where: number, part: Value): Arguments {
  const value = all[at] as Value;
  if (typeof value === "string") {
    const letters = [...value];
    letters.splice(where % (letters.length + 1), where % 2, part as string);
    return all.with(at, letters.join(""));
  }
  if (Array.isArray(value))
    return all.with(at, (value as readonly Value[]).toSpliced(where % (value.length + 1), 0, part));
  if (value instanceof RegoSet) return all.with(at, RegoSet.from([...value.values(), part]));
  return value instanceof RegoObject ? all.with(at, RegoObject.from([...value.entries(), [part, where]])) : all;
}
