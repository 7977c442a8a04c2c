import { asBuffer } from "../../lib/bytes-in-turns.ts";
import { didYouMean } from "../../lib/did-you-mean.ts";
import type { Location } from "../failure.ts";
import { locationOf } from "../layers/configured-places.ts";
import type { SourceFile } from "../sources.ts";
import { type Fragment, isMapping, mergedAt, ownerOf, problem } from "./fragments.ts";

type Catalog = Readonly<Record<string, unknown>>;

/** A server that a document names, with the tools that it names of that server. */
interface NamedServer {
  /** Path of the server in `data`. */
  readonly at: readonly string[];
  /** Path of the mapping whose names are tools, below the server; null when the document names none. */
  readonly tools: readonly string[] | null;
}

/**
 * Servers and tools that the data documents, packages of rules or adopted decisions name and the catalog does not have: a limit, a second
 * approver, a right or a rule for them has no effect. Returns nothing when there is no catalog: such a policy knows its tools in another way.
 */
export function outsideCatalog(fragments: readonly Fragment[], files: readonly SourceFile[]): Location[] {
  const catalog = mergedAt(fragments, ["sallyport", "catalog"]);
  if (!isMapping(catalog)) return [];
  return [
    ...namedServers(fragments).flatMap((named) => ofNamedServer(fragments, catalog, named)),
    ...ofEnvoy(fragments, catalog),
    ...files.flatMap((file) => ofModule(file, catalog)),
    ...ofAdopted(files, catalog),
  ];
}

function noServer(catalog: Catalog, server: string): string {
  return `data.sallyport.catalog has no server ${server}${didYouMean(server, Object.keys(catalog))}`;
}

function ofNamedServer(fragments: readonly Fragment[], catalog: Catalog, { at, tools }: NamedServer): Location[] {
  const server = at.at(-1) as string;
  const known = serverIn(catalog, server);
  if (known === null) return [warning(fragments, at, `${noServer(catalog, server)}; this has no effect`)];
  if (tools === null) return [];
  const path = [...at, ...tools];
  return namesAt(fragments, path)
    .filter((tool) => tool !== "*" && !Object.hasOwn(known, tool))
    .map((tool) => warning(fragments, [...path, tool], `${noTool(known, server, tool)}; this has no effect`));
}

/** A package of rules about one tool; its names may be in brackets, as in `sallyport.tools["web-shop"].pay`. */
const TOOL_PACKAGE = /^package[ \t]+sallyport\.tools((?:\.\w+|\["[^"\n]+"\]){2})/m;
const NAME = /\.(\w+)|\["([^"]+)"\]/g;

/** Prompts and resources need no line here either, so that the rules may judge those. */
function ofModule({ path, bytes }: SourceFile, catalog: Catalog): Location[] {
  if (!path.endsWith(".rego")) return [];
  const text = asBuffer(bytes).toString("utf8");
  const found = TOOL_PACKAGE.exec(text);
  const [server = "", tool = ""] = (found?.[1] ?? "").matchAll(NAME).map(([, plain, quoted]) => plain ?? quoted ?? "");
  if (found === null) return [];
  const known = serverIn(catalog, server);
  if (known !== null && Object.hasOwn(known, tool)) return [];
  const why = known === null ? noServer(catalog, server) : noTool(known, server, tool);
  const line = text.slice(0, found.index).split("\n").length;
  return [{ file: path, line, message: `${why}; no tool is judged by these rules` }];
}

function serverIn(catalog: Catalog, server: string): Readonly<Record<string, unknown>> | null {
  const known = Object.hasOwn(catalog, server) ? catalog[server] : undefined;
  return isMapping(known) ? known : null;
}

function noTool(known: Readonly<Record<string, unknown>>, server: string, tool: string): string {
  return `data.sallyport.catalog.${server} has no tool ${tool}${didYouMean(tool, Object.keys(known))}`;
}

/** Prompts and resources need no line in the catalog: the policy may judge those of such a server. */
function ofEnvoy(fragments: readonly Fragment[], catalog: Catalog): Location[] {
  const path = ["sallyport", "envoy", "servers"];
  const servers = mergedAt(fragments, path);
  if (!Array.isArray(servers)) return [];
  const owner = ownerOf(fragments, path);
  return servers.flatMap((server: unknown, index) =>
    typeof server !== "string" || Object.hasOwn(catalog, server)
      ? []
      : [problem(owner, [...path, index], "value", `${noServer(catalog, server)}; this has no effect on its tools`)],
  );
}

/** Of a server with a route, an adopted decision judges calls of what is in no catalog too. */
function ofAdopted(files: readonly SourceFile[], catalog: Catalog): Location[] {
  return files.flatMap(({ from }) =>
    (from?.configured?.unrouted ?? [])
      .filter(({ server }) => !Object.hasOwn(catalog, server))
      .map(({ server, ...place }) =>
        locationOf(place, `${noServer(catalog, server)}, and no route has it; this has no effect`),
      ),
  );
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
