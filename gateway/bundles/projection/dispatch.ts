import { type Origin, pathOf } from "./origin.ts";
import type { Operand, PlannedFunction, StatementBody } from "./plan.ts";

/** A call whose target depends on values of the input alone. */
export interface Dispatching {
  /** Where in the input each variable part of the called name is. */
  readonly by: readonly (readonly string[])[];
  readonly targets: readonly Target[];
}

export interface Target {
  /** What the variable parts have to be. */
  readonly names: readonly string[];
  readonly called: PlannedFunction;
}

/** Functions that a call may reach, judged by the constant parts of the name. */
export function candidates(
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
export function dispatching(
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
