import { isJsonObject, type JsonObject, type JsonValue, unescapedStep } from "../../lib/json.ts";
import { formType } from "../../lib/media-type.ts";

export interface DescribedOperation {
  /** Upper case. */
  readonly method: string;
  /** As the document writes it. */
  readonly template: string;
  /** Base paths of the servers that offer it, without trailing slash; "" for the root. */
  readonly bases: readonly string[];
  readonly operation: JsonObject;
  /** Its parameters and those of its path, without references; one of its own replaces one of the path. */
  readonly parameters: readonly JsonObject[];
  /** Its header parameters: names in lower case, and as the document writes them. */
  readonly headers: readonly (readonly [string, string])[];
  /** Names of its query parameters that are lists. */
  readonly lists: ReadonlySet<string>;
  /** Names of the fields of its form body that are lists. */
  readonly formLists: ReadonlySet<string>;
}

const methods = ["get", "put", "post", "delete", "options", "head", "patch"] as const;

/**
 * Every operation of an OpenAPI 3.x document.
 * @throws Error saying what in the document cannot be used
 */
export function operationsOf(document: unknown): DescribedOperation[] {
  if (!isJsonObject(document)) throw new Error("the OpenAPI document is not an object");
  if (typeof document.openapi !== "string" || !/^3\.\d/.test(document.openapi)) {
    throw new Error("the OpenAPI document is not of version 3.x");
  }
  const paths = document.paths ?? {};
  if (!isJsonObject(paths)) throw new Error("the OpenAPI document's paths are not an object");
  return Object.entries(paths)
    .filter(([template]) => !template.startsWith("x-"))
    .flatMap(([template, item]) => operationsAt(document, template, item));
}

function operationsAt(document: JsonObject, template: string, reference: JsonValue): DescribedOperation[] {
  const item = resolved(document, reference, template);
  return methods.flatMap((method) => {
    const operation = item[method];
    if (operation === undefined) return [];
    if (!isJsonObject(operation)) throw new Error(`OpenAPI ${method} ${template} is not an object`);
    const bases = basePaths(operation.servers ?? item.servers ?? document.servers);
    const lists = listParameters(document, item, operation);
    const formLists = listFields(document, operation);
    const parameters = parametersOf(document, item, operation);
    const headers = headersOf(parameters);
    return [{ method: method.toUpperCase(), template, bases, operation, parameters, headers, lists, formLists }];
  });
}

function parametersOf(document: JsonObject, item: JsonObject, operation: JsonObject): JsonObject[] {
  const found = new Map<string, JsonObject>();
  for (const parameters of [item["parameters"], operation["parameters"]]) {
    if (!Array.isArray(parameters)) continue;
    for (const reference of parameters as JsonValue[]) {
      const parameter = dereferenced(document, reference);
      if (isJsonObject(parameter)) found.set(`${String(parameter["in"])} ${String(parameter["name"])}`, parameter);
    }
  }
  return [...found.values()];
}

/** Header parameters that OpenAPI says to ignore: others say what they would. */
export const ignoredHeaders: ReadonlySet<string> = new Set(["accept", "content-type", "authorization"]);

function headersOf(parameters: readonly JsonObject[]): (readonly [string, string])[] {
  const declared = parameters.filter((one) => one["in"] === "header" && typeof one["name"] === "string");
  const names = new Map(declared.map(({ name }) => [String(name).toLowerCase(), String(name)]));
  return [...names].filter(([lower]) => !ignoredHeaders.has(lower));
}

/** The path item, or the one that it refers to; references must stay in the document and must not be circular. */
function resolved(document: JsonObject, item: JsonValue, template: string): JsonObject {
  const value = dereferenced(document, item);
  if (isJsonObject(value) && typeof value.$ref === "string" && !value.$ref.startsWith("#/"))
    throw new Error(`OpenAPI path ${template} refers to another document: ${value.$ref}`);
  if (!isJsonObject(value) || value.$ref !== undefined) throw new Error(`OpenAPI path ${template} is not a path item`);
  return value;
}

function basePaths(servers: JsonValue | undefined): string[] {
  if (!Array.isArray(servers) || servers.length === 0) return [""];
  return [...new Set(servers.map((server: JsonValue) => basePath(server)))];
}

function basePath(server: JsonValue): string {
  if (!isJsonObject(server) || typeof server.url !== "string") throw new Error("an OpenAPI server has no url");
  const { url, variables } = server;
  const filled = url.replace(/\{([^{}]+)\}/g, (_, name: string) => {
    const variable = isJsonObject(variables) ? variables[name] : undefined;
    if (!isJsonObject(variable) || typeof variable.default !== "string")
      throw new Error(`OpenAPI server ${url}: no default for ${name}`);
    return variable.default;
  });
  // The operator's own document, not a caller's text: the URL parser is safe here.
  return new URL(filled, "http://document.invalid/").pathname.replace(/\/+$/, "");
}

/** Depth to which nested schemas are followed. */
const MOST_DEPTH = 8;

/**
 * Names of the query parameters that are lists, one pair for each item: `style: form` with `explode: true`, which are the defaults, and
 * a schema of type array (https://spec.openapis.org/oas/v3.1.1#style-values). An operation's own parameter replaces the one of its path.
 */
export function listParameters(document: JsonObject, item: JsonObject, operation: JsonObject): ReadonlySet<string> {
  const byName = new Map<string, boolean>();
  for (const parameters of [item["parameters"], operation["parameters"]]) {
    if (!Array.isArray(parameters)) continue;
    for (const reference of parameters as JsonValue[]) {
      const parameter = dereferenced(document, reference);
      if (!isJsonObject(parameter) || parameter["in"] !== "query" || typeof parameter["name"] !== "string") continue;
      byName.set(parameter["name"], isList(document, parameter));
    }
  }
  return new Set([...byName].filter(([, list]) => list).map(([name]) => name));
}

/** What a request body, without references, may be, by media types in lower case without parameters: documents write those too. */
export function contentOf(body: JsonValue | undefined): ReadonlyMap<string, JsonValue> {
  const content = isJsonObject(body) && isJsonObject(body["content"]) ? body["content"] : {};
  const found = new Map<string, JsonValue>();
  for (const [written, media] of Object.entries(content)) {
    const type = (written.split(";", 1)[0] ?? "").trim().toLowerCase();
    if (!found.has(type)) found.set(type, media);
  }
  return found;
}

/** The same of the fields of a form body, which are written like queries unless `encoding` says otherwise. */
export function listFields(document: JsonObject, operation: JsonObject): ReadonlySet<string> {
  const content = contentOf(dereferenced(document, operation["requestBody"])).get(formType);
  const schema = isJsonObject(content) ? dereferenced(document, content["schema"]) : undefined;
  if (!isJsonObject(content) || !isJsonObject(schema) || !isJsonObject(schema["properties"])) return new Set();
  const encoding = isJsonObject(content["encoding"]) ? content["encoding"] : {};
  const lists = Object.entries(schema["properties"]).filter(([name, property]) => {
    const written = Object.hasOwn(encoding, name) ? encoding[name] : undefined;
    return isList(document, { ...(isJsonObject(written) ? written : {}), schema: property });
  });
  return new Set(lists.map(([name]) => name));
}

function isList(document: JsonObject, { style = "form", explode = true, schema: reference }: JsonObject): boolean {
  return style === "form" && explode === true && isArray(document, reference, MOST_DEPTH);
}

/** Of alternatives each must be an array or null: generated documents describe an optional list that way. */
function isArray(document: JsonObject, reference: JsonValue | undefined, depth: number): boolean {
  const schema = dereferenced(document, reference);
  if (depth === 0 || !isJsonObject(schema)) return false;
  const { type, allOf } = schema;
  if (type !== undefined)
    return type === "array" || (Array.isArray(type) && type.every(isArrayOrNull) && type.includes("array"));
  if (Array.isArray(allOf)) return allOf.some((part: JsonValue) => isArray(document, part, depth - 1));
  const either = schema["anyOf"] ?? schema["oneOf"];
  if (!Array.isArray(either)) return false;
  const some = (either as readonly JsonValue[]).filter((one) => !isJsonObject(one) || one["type"] !== "null");
  return some.length > 0 && some.every((one) => isArray(document, one, depth - 1));
}

function isArrayOrNull(type: JsonValue): boolean {
  return type === "array" || type === "null";
}

/** Enough for any useful document; ends the search in one that refers to itself. */
const MOST_HOPS = 8;

/** What a reference object of an OpenAPI document leads to, within the document; the value itself when it is none. */
export function dereferenced(document: JsonObject, value: JsonValue | undefined): JsonValue | undefined {
  let found = value;
  for (let hops = 0; isJsonObject(found) && typeof found["$ref"] === "string" && hops < MOST_HOPS; hops++) {
    const reference = found["$ref"];
    if (!reference.startsWith("#/")) return found;
    found = at(document, reference.slice(2).split("/"));
  }
  return found;
}

function at(document: JsonObject, steps: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = document;
  for (const step of steps) {
    const key = unescapedStep(decodeURIComponent(step));
    value = isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return value;
}
