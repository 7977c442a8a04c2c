import { didYouMean } from "../../lib/suggest.ts";
import type { Location } from "../failure.ts";
import type { Fragment } from "./fragment.ts";
import { isMapping, mergedAt, ownerOf, problem } from "./merged.ts";

/** A server that a document names, with the tools that it names of that server. */
interface NamedServer {
  /** Path of the server below `data`. */
  readonly at: readonly string[];
  /** Path of the mapping whose names are tools, below the server; null when the document names none. */
  readonly tools: readonly string[] | null;
}

/**
 * Servers and tools that the data documents name and the catalog does not have: a bound, a second person or a right for
 * them has no effect. Nothing where there is no catalog: such a policy knows its tools in another way.
 */
export function namesOutsideCatalog(fragments: readonly Fragment[]): Location[] {
  const catalog = mergedAt(fragments, ["sallyport", "catalog"]);
  if (!isMapping(catalog)) return [];
  return namedServers(fragments).flatMap(({ at, tools }) => {
    const server = at.at(-1) as string;
    const known = Object.hasOwn(catalog, server) ? catalog[server] : undefined;
    if (!isMapping(known)) {
      const hint = didYouMean(server, Object.keys(catalog));
      return [warning(fragments, at, `data.sallyport.catalog has no server ${server}${hint}; this has no effect`)];
    }
    if (tools === null) return [];
    const path = [...at, ...tools];
    return namesAt(fragments, path)
      .filter((tool) => tool !== "*" && !Object.hasOwn(known, tool))
      .map((tool) => {
        const hint = didYouMean(tool, Object.keys(known));
        const message = `data.sallyport.catalog.${server} has no tool ${tool}${hint}; this has no effect`;
        return warning(fragments, [...path, tool], message);
      });
  });
}

function namedServers(fragments: readonly Fragment[]): NamedServer[] {
  const below = (path: readonly string[], tools: NamedServer["tools"]): NamedServer[] =>
    namesAt(fragments, path).map((server) => ({ at: [...path, server], tools }));
  const entitlements = ["sallyport", "entitlements"];
  return [
    ...below(["sallyport", "approvers"], ["summaries"]),
    ...below(["sallyport", "destinations"], ["arguments"]),
    ...below(["sallyport", "limits"], []),
    ...below(["sallyport", "two_people"], []),
    ...namesAt(fragments, entitlements).flatMap((role) => below([...entitlements, role], ["tools"])),
  ];
}

function namesAt(fragments: readonly Fragment[], path: readonly string[]): string[] {
  const value = mergedAt(fragments, path);
  return isMapping(value) ? Object.keys(value) : [];
}

function warning(fragments: readonly Fragment[], path: readonly string[], message: string): Location {
  return problem(ownerOf(fragments, path), path, "key", message);
}
