import type { Builtin, Redirect } from "./types.ts";

export const registry: ReadonlyMap<string, Builtin> = new Map();
export const redirects: readonly Redirect[] = [];
