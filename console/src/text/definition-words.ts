import type { DefinitionName } from "../api/types.ts";

/** What a definition is of: `server/name`, with its kind unless it is a tool. */
export function definitionWords({ server, kind, name }: DefinitionName): string {
  if (kind === "instructions") return `instructions of ${server}`;
  const of = kind === "tool" ? "" : `${kind.replace("_", " ")} `;
  return `${of}${server}/${name}`;
}
