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
  /** A tool that begins and ends updates of the resource that is subscribed to, the first one listed. */
  readonly updates: string | null;
  /**
   * Notifications that every visit hears, each as a pattern of its JSON: they are waited for. Whatever else fits one of them is compared too;
   * what servers tell when they like is not.
   */
  readonly tells: readonly string[];
}

export const nothing: Plan = {
  capabilities: [],
  calls: [],
  uris: [],
  prompts: {},
  completions: [],
  slow: null,
  updates: null,
  tells: [],
};

/** What a client got, step by step, with the name of each step. */
export type Seen = readonly (readonly [step: string, got: unknown])[];

/** Members of results that MCP 2026-07-28 has beyond the versions before it. */
const ofModern: readonly string[] = ["resultType", "ttlMs", "cacheScope"];
/** The same, and `execution` of tools, which only the versions before it have. */
const ofOneEra: ReadonlySet<string> = new Set([...ofModern, "execution"]);
const ofResults: ReadonlySet<string> = new Set(ofModern);
const serverInfo = "io.modelcontextprotocol/serverInfo";

/** The same without what differs from one run to the next. `scrub`: texts of the server. `betweenEras`: the two sides speak different eras. */
export function comparable(seen: Seen, scrub: (text: string) => string, betweenEras: boolean): unknown {
  const left = betweenEras ? ofOneEra : ofResults;
  return JSON.parse(
    JSON.stringify(seen, (key, value: unknown) => {
      if (left.has(key)) return undefined;
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

interface Tool {
  readonly execution?: { readonly taskSupport?: string };
}

/** What a server lists, as the gateway lists it in MCP 2025-11-25: calls of tools without tasks of their own may be tasks of the gateway's. */
export function withGatewayTasks(seen: Seen): Seen {
  const shown = (tool: Tool): Tool => {
    const { execution = {} } = tool;
    const isOwn = execution.taskSupport === "optional" || execution.taskSupport === "required";
    return isOwn ? tool : { ...tool, execution: { ...execution, taskSupport: "optional" } };
  };
  return seen.map(([step, got]) => {
    if (step.trim() !== "tools/list") return [step, got];
    if (Array.isArray(got)) return [step, (got as Tool[]).map(shown)];
    const page = got as { readonly tools: readonly Tool[] };
    return [step, { ...page, tools: page.tools.map(shown) }];
  });
}

/** What the reference server logs beside calls, of subscriptions that only clients with sessions make, and when it likes. */
export const loggedBesideCalls = ["Received Subscribe Resource", "Received Unsubscribe Resource", "evel.message"];

/** Clients without sessions hear what is logged in their own calls alone. */
export function withoutLogsBesideCalls(plan: Plan): Plan {
  return { ...plan, tells: plan.tells.filter((tell) => !loggedBesideCalls.includes(tell)) };
}

/** Clients without sessions share a process of the tool server, which is never told of roots: they would count for all. */
export function withoutRoots(plan: Plan): Plan {
  return {
    ...plan,
    capabilities: plan.capabilities.filter((name) => name !== "roots"),
    calls: plan.calls.filter(([tool]) => tool !== "get-roots-list"),
  };
}
