import type { Value } from "../../value.ts";
import { RegoSet } from "../../value.ts";
import { isArray, typeName } from "../operands.ts";
import { BuiltinError } from "../types.ts";

/** A path into a document: a JSON pointer (any number of leading slashes), or its segments of any type. */
export function parsePath(path: Value): readonly Value[] {
  if (isArray(path)) return path;
  if (typeof path !== "string") {
    throw new BuiltinError(
      `operand 2 must be one of {set, array} containing string paths or array of path segments but got ${typeName(path)}`,
    );
  }
  if (path === "") return [];
  return path
    .replace(/^\/+/, "")
    .split("/")
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}

export function parsePaths(paths: Value | undefined): readonly (readonly Value[])[] {
  if (isArray(paths)) return paths.map(parsePath);
  if (paths instanceof RegoSet) return paths.values().map(parsePath);
  throw new BuiltinError(`operand 2 must be one of {set, array} but got ${typeName(paths)}`);
}
