/** What an MCP server defines and lists, each kind with names of its own. */
export const listedKinds = ["tool", "prompt", "resource", "resource_template"] as const;
export type ListedKind = (typeof listedKinds)[number];

/** All that is pinned: also what a server tells models about itself (`instructions` of `initialize` and `server/discover`). */
export const definitionKinds = [...listedKinds, "instructions"] as const;
export type DefinitionKind = (typeof definitionKinds)[number];

/** A server has one text of instructions, which has no name of its own. */
export const instructionsName = "instructions";

/** One definition of a server. */
export interface DefinitionName {
  readonly server: string;
  readonly kind: DefinitionKind;
  /** Name of a tool or prompt, URI of a resource, URI template (RFC 6570) of a resource template, `instructionsName`. */
  readonly name: string;
}

/** How definitions of a kind are listed (MCP 2025-11-25 and 2026-07-28, "Tools", "Prompts", "Resources"). */
export interface Listing {
  readonly kind: ListedKind;
  /** Member of the result that holds the items. */
  readonly member: string;
  /** Member of an item that names it. */
  readonly named: string;
  /** The members of an item. */
  readonly members: readonly string[];
}

const shown = ["name", "title", "description"];
const beside = ["icons", "_meta"];
const ofContents = ["mimeType", "annotations"];

/** By method. */
export const listings: ReadonlyMap<string, Listing> = new Map<string, Listing>([
  [
    "tools/list",
    {
      kind: "tool",
      member: "tools",
      named: "name",
      members: [...shown, "inputSchema", "outputSchema", "annotations", "execution", ...beside],
    },
  ],
  ["prompts/list", { kind: "prompt", member: "prompts", named: "name", members: [...shown, "arguments", ...beside] }],
  [
    "resources/list",
    {
      kind: "resource",
      member: "resources",
      named: "uri",
      members: ["uri", ...shown, ...ofContents, "size", ...beside],
    },
  ],
  [
    "resources/templates/list",
    {
      kind: "resource_template",
      member: "resourceTemplates",
      named: "uriTemplate",
      members: ["uriTemplate", ...shown, ...ofContents, ...beside],
    },
  ],
]);

/** The method that lists definitions of a kind. */
export const listMethods = Object.fromEntries([...listings].map(([method, { kind }]) => [kind, method])) as Readonly<
  Record<ListedKind, string>
>;

/** How definitions of a kind are listed. */
export function listingOf(kind: ListedKind): Listing {
  return listings.get(listMethods[kind]) as Listing;
}

/** How people read about a definition of a kind. */
export const kindWords: Readonly<Record<DefinitionKind, { readonly one: string; readonly many: string }>> = {
  tool: { one: "tool", many: "tools" },
  prompt: { one: "prompt", many: "prompts" },
  resource: { one: "resource", many: "resources" },
  resource_template: { one: "resource template", many: "resource templates" },
  instructions: { one: "text of instructions", many: "texts of instructions" },
};

/** The kind of definition that a call is about; null where it is about none: a whole server, a task, what a server asks. */
export function listedKindOf(resourceType: string): ListedKind | null {
  return listedKinds.find((kind) => kind === resourceType) ?? null;
}

/** A definition as people read it: `server/name`, with its kind unless it is a tool. */
export function definitionText({ server, kind, name }: DefinitionName): string {
  if (kind === "instructions") return `instructions of ${server}`;
  return kind === "tool" ? `${server}/${name}` : `${kindWords[kind].one} ${server}/${name}`;
}
