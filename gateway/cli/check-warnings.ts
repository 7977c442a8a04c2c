import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readArchive } from "../bundles/archive/archive.ts";
import { buildSources } from "../bundles/build/build.ts";
import type { Location } from "../bundles/failure.ts";
import { asLine } from "../bundles/rule-checks/check-rules.ts";
import { readSources } from "../bundles/sources.ts";
import type { Config } from "../config/config.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";
import type { Route } from "../domain/route.ts";
import { didYouMean } from "../lib/suggest.ts";
import { operationFinder } from "../parse/openapi/operation-finder.ts";
import { operationsOf } from "../parse/openapi/document.ts";
import { approverWarnings } from "./approver-warnings.ts";
import { configuredOpa } from "./find-opa.ts";

/** Operations that are named in one warning. */
const NAMED = 3;

/**
 * What a configuration without mistakes still leaves without effect: operations that no call reaches, servers that policy
 * does not know, names that the catalog does not have, approvals that nobody may give.
 */
export async function checkWarnings(config: Config): Promise<string[]> {
  const [told, data] = await policyOf(config);
  return [
    ...told,
    ...config.routes.flatMap((route, index) => openapiWarnings(route, `routes[${index}]`)),
    ...(data === null ? [] : config.routes.flatMap((route, index) => catalogWarnings(route, index, data))),
    ...(data === null ? [] : approverWarnings(data, config)),
  ];
}

/** @returns a line each for what keeps the policy from becoming active or has no effect in it, and its data when it can become active */
async function policyOf({ policy: { source }, file }: Config): Promise<[readonly string[], JsonObject | null]> {
  const out = mkdtempSync(join(tmpdir(), "sallyport-check-"));
  try {
    if (source.kind === "archive") {
      const { warnings, data } = await readArchive(source.path);
      return [warnings.map(policyWarning), data];
    }
    const { archive, warnings } = await buildSources(configuredOpa(file), await readSources(source.path), out);
    return [warnings.map(policyWarning), (await readArchive(archive)).data];
  } catch (error) {
    const problems = (error as Error).message.split("\n");
    return [problems.map((problem) => `policy: does not become active: ${problem}`), null];
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

function policyWarning(warning: Location): string {
  return `policy: ${asLine(warning)}`;
}

/** Paths are matched as they are sent upstream: the document describes the tool server and not the gateway. */
function openapiWarnings(route: Route, at: string): string[] {
  if (route.openapi === null) return [];
  try {
    operationFinder(route.openapi);
  } catch (error) {
    return [`${at}.openapi: the gateway does not start with it: ${(error as Error).message}`];
  }
  const operations = operationsOf(route.openapi).flatMap(({ method, template, bases }) =>
    bases.map((base) => ({ method, path: `${base}${template}` })),
  );
  const reached = operations.filter(({ path }) => isBelow(path, route.upstreamPrefix));
  if (reached.length === 0) {
    const example = operations[0] === undefined ? "" : `, as ${operations[0].path} does not`;
    return [
      `${at}.openapi: none of its ${operations.length} operations lies below ${route.upstreamPrefix}, which calls have upstream${example}; mend rewrite, the document's servers or its paths`,
    ];
  }
  const refused = reached.filter(({ method }) => !route.methods.has(method));
  return [...Map.groupBy(refused, ({ method }) => method)].map(([method, some]) => {
    const named = some.slice(0, NAMED).map(({ path }) => `${method} ${path}`);
    const more = some.length > NAMED ? ` and ${some.length - NAMED} more` : "";
    return `${at}.methods: ${method} is not forwarded, and the OpenAPI document describes ${named.join(", ")}${more}`;
  });
}

function isBelow(path: string, prefix: string): boolean {
  return prefix === "/" || path === prefix || path.startsWith(`${prefix}/`);
}

/** A tool outside the catalog is denied, so all of such a server are. */
function catalogWarnings({ server }: Route, index: number, data: JsonObject): string[] {
  const sallyport = data["sallyport"];
  // A policy without the library's catalog knows its tools in another way.
  const catalog: JsonValue | undefined = isJsonObject(sallyport) ? sallyport["catalog"] : undefined;
  if (catalog === undefined || !isJsonObject(catalog) || Object.hasOwn(catalog, server)) return [];
  const hint = didYouMean(server, Object.keys(catalog));
  return [
    `routes[${index}].server: data.sallyport.catalog has no line for ${server}${hint}; all its tools are unknown`,
  ];
}
