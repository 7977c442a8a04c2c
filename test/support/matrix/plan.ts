/** What a client does at a server, as JSON: the client in Python gets the same. */
export interface Plan {
  /** What the client says that it can do. */
  readonly capabilities: readonly ("sampling" | "elicitation" | "roots")[];
  /** In an order in which each has something to do. */
  readonly calls: readonly (readonly [tool: string, args: Record<string, unknown>])[];
  /** Resources of templates, besides those that are listed. */
  readonly uris: readonly string[];
  /** Arguments of each prompt. */
  readonly prompts: Readonly<Record<string, Record<string, string>>>;
  readonly completions: readonly { readonly ref: object; readonly argument: object }[];
  /** A call that is called off at its first progress. */
  readonly slow: readonly [tool: string, args: Record<string, unknown>] | null;
}

export const nothing: Plan = {
  capabilities: [],
  calls: [],
  uris: [],
  prompts: {},
  completions: [],
  slow: null,
};

/** What a client got, step by step, with the name of each step. */
export type Seen = readonly (readonly [step: string, got: unknown])[];

/** Members of results that MCP 2026-07-28 has beyond the versions before it, and `execution`: the gateway has tasks of its own. */
const ofOneEra: ReadonlySet<string> = new Set(["resultType", "ttlMs", "cacheScope", "execution"]);
const serverInfo = "io.modelcontextprotocol/serverInfo";

/** The same without what differs from one run to the next. `scrub`: texts of the server. */
export function comparable(seen: Seen, scrub: (text: string) => string): unknown {
  return JSON.parse(
    JSON.stringify(seen, (key, value: unknown) => {
      if (ofOneEra.has(key)) return undefined;
      if (key === "_meta" && Object.keys(value as object).every((name) => name === serverInfo)) return undefined;
      return typeof value === "string" ? scrub(value) : value;
    }),
  );
}

/** How many calls had a result that is no error; of Inspector, that ended with the code 0. */
export function worked(seen: Seen): number {
  const results = seen.filter(([step]) => step.startsWith("call ")).map(([, got]) => got);
  return results.filter((got) => {
    if (typeof got !== "object" || got === null) return false;
    const { isError = false, code = 0 } = got as { readonly isError?: boolean; readonly code?: number };
    return !isError && code === 0;
  }).length;
}

/** Clients without sessions share a process of the tool server, which is never told of roots: they would count for all. */
export function withoutRoots(plan: Plan): Plan {
  return {
    ...plan,
    capabilities: plan.capabilities.filter((name) => name !== "roots"),
    calls: plan.calls.filter(([tool]) => tool !== "get-roots-list"),
  };
}
