import { Refusal } from "../../domain/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { foldedKeys, lookalikeIn } from "../../lib/look-alike.ts";

/** What a server asks, as rules and clients read it. */
export interface AskedRequest {
  readonly method: string;
  readonly params: JsonObject;
}

/** @throws Refusal upstream_answer_refused */
export function readRequest(request: JsonObject): AskedRequest & { readonly id: string | number } {
  const { id = null } = request;
  if (!isId(id)) refuse("a request of the server without a readable id");
  return { id, ...readAsked(request, "a request of the server") };
}

/** Of one result: more than any tool needs, and few enough for a person. */
const mostInputs = 16;

/** The entries of `inputRequests`, by their keys. @throws Refusal upstream_answer_refused */
export function readInputRequests(requests: JsonObject): readonly (AskedRequest & { readonly id: string })[] {
  const entries = Object.entries(requests);
  if (entries.length > mostInputs) refuse(`more than ${mostInputs} requests in one answer`);
  return entries.map(([id, request]) => {
    const what = "an entry of inputRequests";
    if (!isJsonObject(request)) refuse(`${what} that is no request`);
    assertSpelled(request, entry, what);
    return { id, ...readAsked(request, what) };
  });
}

function readAsked({ method, params = {} }: JsonObject, what: string): AskedRequest {
  if (typeof method !== "string") refuse(`${what} without a method`);
  if (!isJsonObject(params)) refuse(`${what} whose params are no object`);
  const shape = shapes.get(method);
  if (shape !== undefined) assertSpelled(params, shape, "params");
  if (method === "elicitation/create") assertOneMode(params, what);
  return { method, params };
}

/** Absent is a form (MCP, elicitation). What the other mode has, clients from before there were modes read all the same. */
function assertOneMode(params: JsonObject, what: string): void {
  const { mode = null } = params;
  if (mode !== null && mode !== "form" && mode !== "url") refuse(`${what} with a mode that is neither form nor url`);
  const others = mode === "url" ? ["requestedSchema"] : ["url"];
  if (others.some((name) => (params[name] ?? null) !== null)) refuse(`${what} that is a form and a page`);
}

/** The members that a value of the protocol has. Clients that match without case find them under another spelling, and rules do not. */
interface Shape {
  readonly keys: ReadonlyMap<string, string>;
  readonly inner: Readonly<Record<string, Shape>>;
  /** Of each value under a name that the server chooses. */
  readonly each?: Shape;
}

function shape(keys: string, inner: Shape["inner"] = {}): Shape {
  return { keys: foldedKeys(keys.split(" ")), inner };
}

const entry = shape("method params");
const option = shape("const title");
const items = shape("type enum anyOf", { anyOf: option });
const field = shape("type title description format enum enumNames oneOf anyOf items default", {
  oneOf: option,
  anyOf: option,
  items,
});
const form = shape("$schema type properties required", { properties: { ...shape(""), each: field } });
const content = shape("type text data mimeType id name input toolUseId content structuredContent isError");
const message = shape("role content", { content });

const shapes: ReadonlyMap<string, Shape> = new Map([
  ["elicitation/create", shape("mode message url elicitationId requestedSchema task _meta", { requestedSchema: form })],
  [
    "sampling/createMessage",
    shape(
      "messages modelPreferences systemPrompt includeContext temperature maxTokens stopSequences metadata tools toolChoice task _meta",
      { messages: message },
    ),
  ],
  ["roots/list", shape("_meta")],
]);

/** @throws Refusal upstream_answer_refused */
function assertSpelled(value: JsonValue, { keys, inner, each }: Shape, where: string): void {
  if (Array.isArray(value)) {
    for (const one of value as readonly JsonValue[]) assertSpelled(one, { keys, inner }, where);
    return;
  }
  if (!isJsonObject(value)) return;
  const meant = each === undefined ? lookalikeIn(value, keys) : null;
  if (meant !== null) refuse(`a member of ${where} that some clients read as ${meant}`);
  for (const [key, member] of Object.entries(value)) {
    const of = each ?? (Object.hasOwn(inner, key) ? inner[key] : undefined);
    if (of !== undefined) assertSpelled(member, of, `${where}.${each === undefined ? key : "*"}`);
  }
}

/** Clients and libraries read no fraction, and no larger integer, alike. */
function isId(id: JsonValue): id is string | number {
  return typeof id === "string" || Number.isSafeInteger(id);
}

function refuse(detail: string): never {
  throw new Refusal("upstream_answer_refused", { detail, hint: detail });
}
