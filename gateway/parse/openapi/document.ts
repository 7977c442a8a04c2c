import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { listFields, listParameters } from "./list-parameters.ts";
import { dereferenced } from "./reference.ts";

export interface DescribedOperation {
  /** Upper case. */
  readonly method: string;
  /** As the document writes it. */
  readonly template: string;
  /** Base paths of the servers that offer it, without trailing slash; "" for the root. */
  readonly bases: readonly string[];
  readonly operation: JsonObject;
  /** Names of its query parameters that are lists. */
  readonly lists: ReadonlySet<string>;
  /** The same of the fields of its form body. */
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
    return [{ method: method.toUpperCase(), template, bases, operation, lists, formLists }];
  });
}

/** A path item may refer to another one; only within the document, and not in circles. */
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
