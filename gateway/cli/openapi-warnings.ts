import { allowsMethod, type Route } from "../domain/route.ts";
import type { JsonObject } from "../lib/json.ts";
import { isNameable } from "../domain/header-names.ts";
import { isForwarded } from "../parse/forwarded-headers.ts";
import { contentOf, dereferenced, ignoredHeaders, operationsOf } from "../parse/openapi/document.ts";
import { operationFinder } from "../parse/openapi/operation-finder.ts";

/** Most operations that one warning names. */
const maxNamed = 3;

interface Reached {
  readonly method: string;
  readonly path: string;
  /** Media types of its body, without parameters; none where it has no body. */
  readonly types: readonly string[];
  /** Headers that it requires, in lower case. */
  readonly headers: readonly string[];
}

/** Why the gateway does not start with the document of a route; none where it does. */
export function openapiProblems({ openapi }: Route, at: string): string[] {
  try {
    if (openapi !== null) operationFinder(openapi);
    return [];
  } catch (error) {
    return [`${at}.openapi: ${(error as Error).message}`];
  }
}

/**
 * One sentence for each way in which a route keeps callers from operations of its document. Compares paths as they are sent upstream, because
 * the document describes the tool server and not the gateway. `at`: the route in the file. Of a document with problems there is none.
 */
export function openapiWarnings(route: Route, at: string): string[] {
  const { openapi } = route;
  if (openapi === null || openapiProblems(route, at).length > 0) return [];
  const operations = operationsOf(openapi).flatMap(({ method, template, bases, operation, parameters }) =>
    bases.map((base) => ({
      method,
      path: `${base}${template}`,
      types: bodyTypes(openapi as JsonObject, operation),
      headers: requiredHeaders(parameters),
    })),
  );
  const reached = operations.filter(({ path }) => isBelow(path, route.upstreamPrefix));
  if (reached.length === 0) {
    const example = operations[0] === undefined ? "" : `, as ${operations[0].path} does not`;
    return [
      `${at}.openapi: none of its ${operations.length} operations lies below ${route.upstreamPrefix}, which calls have upstream${example}; correct rewrite, the document's servers or its paths`,
    ];
  }
  const [forwarded = [], refused = []] = [true, false].map((is) =>
    reached.filter(({ method }) => allowsMethod(route, method) === is),
  );
  return [
    ...methodWarnings(refused, at),
    ...bodyWarnings(forwarded, route, at),
    ...headerWarnings(forwarded, route, at),
  ];
}

function methodWarnings(refused: readonly Reached[], at: string): string[] {
  return [...Map.groupBy(refused, ({ method }) => method)].map(
    ([method, some]) => `${at}.methods: ${method} is not forwarded, and the OpenAPI document describes ${named(some)}`,
  );
}

/** Their calls are refused, and where operations are tools, these are none. */
function bodyWarnings(forwarded: readonly Reached[], { body: { accept } }: Route, at: string): string[] {
  const refused = forwarded.filter(({ types }) => types.length > 0 && !types.some((type) => isAccepted(type, accept)));
  return [...Map.groupBy(refused, ({ types }) => types.join(" or "))].map(
    ([types, some]) =>
      `${at}.body.accept: ${types} is not accepted, and the OpenAPI document describes no other body of ${named(some)}`,
  );
}

/** Of headers that say what is executed, or in which account: the tool server lacks one that it requires, or its caller is refused. */
function headerWarnings(forwarded: readonly Reached[], route: Route, at: string): string[] {
  const missing = new Set(
    forwarded.flatMap(({ headers }) => headers).filter((name) => isNameable(name) && !isForwarded(route, name)),
  );
  return [...missing].map((name) => {
    const needing = named(forwarded.filter(({ headers }) => headers.includes(name)));
    return `${at}.upstream.request_headers: ${name} is not among them, and the OpenAPI document requires it of ${needing}; name it, so that it is forwarded and policy sees it`;
  });
}

function requiredHeaders(parameters: readonly JsonObject[]): string[] {
  return parameters
    .filter((parameter) => parameter["in"] === "header" && parameter["required"] === true)
    .map(({ name }) => String(name).toLowerCase())
    .filter((name) => !ignoredHeaders.has(name));
}

/** A range of types, such as `text/*`, may mean one that is accepted. */
function isAccepted(type: string, accept: readonly string[]): boolean {
  return (
    accept.includes(type) ||
    (type.endsWith("/*") && (type === "*/*" || accept.some((one) => one.startsWith(type.slice(0, -1)))))
  );
}

function bodyTypes(document: JsonObject, operation: JsonObject): string[] {
  return [...contentOf(dereferenced(document, operation["requestBody"])).keys()];
}

function named(operations: readonly Reached[]): string {
  const some = operations.slice(0, maxNamed).map(({ method, path }) => `${method} ${path}`);
  return some.join(", ") + (operations.length > maxNamed ? ` and ${operations.length - maxNamed} more` : "");
}

function isBelow(path: string, prefix: string): boolean {
  return prefix === "/" || path === prefix || path.startsWith(`${prefix}/`);
}
