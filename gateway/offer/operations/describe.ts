import { nameForms } from "../../domain/name-forms.ts";
import type { Route } from "../../domain/route.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { dereferenced, type DescribedOperation, operationsOf } from "../../parse/openapi/document.ts";
import { type OfferedBody, readBody } from "./body.ts";
import { type OfferedParameter, readParameter } from "./parameters.ts";
import { StandaloneSchemas } from "./schema.ts";

/** An operation of an HTTP route as an MCP tool. */
export interface OfferedOperation {
  /** Of the tool, and of the operation below its route's server. */
  readonly name: string;
  readonly method: string;
  /** Path template as it is sent upstream. */
  readonly template: string;
  readonly parameters: readonly OfferedParameter[];
  readonly body: OfferedBody | null;
  /** The operation object of the document. */
  readonly definition: JsonObject;
  /** The tool as `tools/list` shows it. */
  readonly tool: JsonObject;
  readonly outputSchema: JsonObject | null;
}

export interface Offered {
  readonly operations: ReadonlyMap<string, OfferedOperation>;
  /** What is not offered, and why. */
  readonly left: readonly { readonly place: string; readonly why: string }[];
}

const offeredMethods: ReadonlySet<string> = new Set(["GET", "POST", "PUT", "PATCH", "DELETE"]);

/** The operations of an HTTP route that can be tools: those whose arguments can be written so that none leaves its place. */
export function describeOperations(route: Route, isForwarded: (header: string) => boolean): Offered {
  const document = route.openapi as JsonObject;
  const operations = new Map<string, OfferedOperation>();
  const left: { place: string; why: string }[] = [];
  for (const described of operationsOf(document)) {
    const read = offered(document, described, { route, isForwarded });
    if (typeof read === "string") left.push({ place: `${described.method} ${described.template}`, why: read });
    else operations.set(read.name, read);
  }
  return { operations, left };
}

interface Within {
  readonly route: Route;
  readonly isForwarded: (header: string) => boolean;
}

function offered(document: JsonObject, described: DescribedOperation, within: Within): OfferedOperation | string {
  const { method, bases, operation } = described;
  const { operationId: name } = operation;
  if (typeof name !== "string" || !nameForms.tool.test(name)) return "it has no operationId that can name a tool";
  if (!offeredMethods.has(method)) return `no tool has the method ${method}`;
  if (!within.route.methods.has(method)) return `the route does not forward ${method}`;
  const template = bases.map((base) => `${base}${described.template}`).find((path) => isBelow(within.route, path));
  if (template === undefined) return `its path is not below ${within.route.upstreamPrefix}`;
  const parameters = parametersOf(document, described, within);
  if (typeof parameters === "string") return parameters;
  const body = readBody(document, operation, within.route.body.accept);
  if (typeof body === "string") return body;
  const twice = repeatedName(parameters, body);
  if (twice !== null) return `${twice} is given in two places`;
  try {
    const known = { name, method, template, parameters, body, definition: operation };
    const outputSchema = outputOf(document, operation);
    return { ...known, outputSchema, tool: toolOf(document, known, outputSchema) };
  } catch (failure) {
    return (failure as Error).message;
  }
}

function isBelow({ upstreamPrefix }: Route, path: string): boolean {
  const prefix = upstreamPrefix.replace(/\/$/, "");
  return path === prefix || path.startsWith(`${prefix}/`);
}

/** One that cannot be written is left out where it need not be given. */
function parametersOf(
  document: JsonObject,
  { parameters }: DescribedOperation,
  { isForwarded }: Within,
): OfferedParameter[] | string {
  const found: OfferedParameter[] = [];
  for (const described of parameters) {
    const read = readParameter(document, described, isForwarded);
    if (typeof read === "string" && (described["required"] === true || described["in"] === "path")) return read;
    if (typeof read === "object" && read !== null) found.push(read);
  }
  return found;
}

/** Of arguments, and of what a query is made of. */
function repeatedName(parameters: readonly OfferedParameter[], body: OfferedBody | null): string | null {
  const names = parameters.flatMap(({ name, deep, keys }) => (deep ? [name] : [name, ...keys]));
  const ofBody = body === null ? [] : body.isWhole ? ["body"] : Object.keys(body.properties);
  const all = [...names, ...ofBody].map((name) => name.toLowerCase());
  return all.find((name, at) => all.indexOf(name) < at) ?? null;
}

type Known = Omit<OfferedOperation, "tool" | "outputSchema">;

function toolOf(document: JsonObject, known: Known, outputSchema: JsonObject | null): JsonObject {
  const { name, method, definition } = known;
  const { summary, description } = definition;
  const said = [summary, description].filter((text): text is string => typeof text === "string" && text !== "");
  return {
    name,
    ...(typeof summary === "string" && summary !== "" ? { title: summary } : {}),
    description: said.length === 0 ? `${method} ${known.template}` : said.join("\n\n"),
    inputSchema: inputOf(document, known),
    ...(outputSchema === null ? {} : { outputSchema }),
    annotations: annotationsOf(method),
  };
}

function inputOf(document: JsonObject, { parameters, body }: Known): JsonObject {
  const schemas = new StandaloneSchemas(document);
  const properties = new Map<string, JsonValue>();
  for (const { name, described } of parameters)
    properties.set(name, withWords(schemas.write(schemaOf(described)), described));
  for (const [name, schema] of Object.entries(body?.properties ?? {})) properties.set(name, schemas.write(schema));
  if (body?.isWhole === true) properties.set("body", schemas.write(body.schema));
  const ofBody = body?.required === true ? (body.isWhole ? ["body"] : body.requiredProperties) : [];
  const required = [...parameters.filter((one) => one.required).map(({ name }) => name), ...ofBody];
  const additional = schemas.write(body?.additional ?? false);
  const { defs } = schemas;
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    ...(required.length === 0 ? {} : { required }),
    ...(additional === true ? {} : { additionalProperties: additional }),
    ...(defs === null ? {} : { $defs: defs }),
  };
}

function schemaOf({ schema, content }: JsonObject): JsonValue {
  const [first] = isJsonObject(content) ? Object.values(content) : [];
  return schema ?? (isJsonObject(first) ? first["schema"] : undefined) ?? {};
}

function withWords(schema: JsonValue, { description }: JsonObject): JsonValue {
  return typeof description === "string" && isJsonObject(schema) && schema["description"] === undefined
    ? { ...schema, description }
    : schema;
}

/** RFC 9110 §9.2: what a method promises of what it does. */
function annotationsOf(method: string): JsonObject {
  if (method === "GET") return { readOnlyHint: true };
  const idempotentHint = method === "PUT" || method === "DELETE";
  return { readOnlyHint: false, destructiveHint: method !== "POST", idempotentHint };
}

/** Only where one kind of success is described, and its JSON is an object. @throws Error when it refers to what is not there */
function outputOf(document: JsonObject, { responses }: JsonObject): JsonObject | null {
  const successes = Object.entries(isJsonObject(responses) ? responses : {}).filter(([status]) =>
    status.startsWith("2"),
  );
  const [only] = successes;
  if (only === undefined || successes.length > 1) return null;
  const response = dereferenced(document, only[1]);
  const content = isJsonObject(response) && isJsonObject(response["content"]) ? response["content"] : {};
  const json = content["application/json"];
  if (Object.keys(content).length !== 1 || !isJsonObject(json)) return null;
  const schema = dereferenced(document, json["schema"]);
  if (!isJsonObject(schema) || schema["type"] !== "object") return null;
  const schemas = new StandaloneSchemas(document);
  const written = schemas.write(schema) as JsonObject;
  const { defs } = schemas;
  return defs === null ? written : { ...written, $defs: defs };
}
