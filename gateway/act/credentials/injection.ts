import { isOwnHeader } from "../../domain/credential.ts";
import { Refusal } from "../../domain/errors.ts";
import type { InjectionPlace, MadeCredential, RequestToSign } from "../../domain/ports.ts";
import type { ToolCall } from "../../domain/tool-call.ts";
import { pointerSteps } from "../../lib/json.ts";
import { objectAt } from "../../lib/json-insert.ts";
import { foldKey } from "../../lib/look-alike.ts";

/** A credential with the name that it has in the configuration. */
export interface NamedCredential extends MadeCredential {
  readonly name: string;
}

/** What is added to a judged request when it is sent; nothing of it was judged, and it takes nothing's place. */
export interface Injection {
  readonly credentials: readonly NamedCredential[];
  /** Name and value in turn. */
  readonly headers: readonly string[];
  /** Appended to the query; empty: nothing. */
  readonly query: string;
  /** Put into the body at these offsets, ascending. */
  readonly body: readonly { readonly at: number; readonly text: Buffer }[];
}

export const noInjection: Injection = Object.freeze({ credentials: [], headers: [], query: "", body: [] });

/**
 * Where all credentials go in this call.
 * @throws Refusal credential_conflict when the call, the gateway or another credential has something there, or there is no such place
 */
export function planInjection(call: ToolCall, credentials: readonly NamedCredential[]): Injection {
  if (credentials.length === 0) return noInjection;
  const plan = new Plan(call);
  for (const { inject, sign } of credentials) {
    for (const { place, value } of inject) plan.add(place, value);
    for (const name of sign?.adds ?? []) plan.claimHeader(name);
  }
  return { credentials, headers: plan.headers, query: plan.query.join("&"), body: plan.body() };
}

class Plan {
  readonly headers: string[] = [];
  readonly query: string[] = [];
  readonly #call: ToolCall;
  readonly #taken = new Set<string>();
  /** Members by the offset of their object. */
  readonly #members = new Map<number, { readonly isEmpty: boolean; readonly texts: string[] }>();

  constructor(call: ToolCall) {
    this.#call = call;
  }

  add(place: InjectionPlace, value: string): void {
    if (place.in === "body") return this.#addMember(place.pointer, value);
    if (place.in === "query") return this.#addParameter(place.name, value);
    this.claimHeader(place.name);
    // RFC 9110 §5.5; a provider's answer could hold what ends the header.
    if (!/^[\x20-\x7e]*$/.test(value)) conflict(`its value is no header value, for ${place.name}`);
    this.headers.push(place.name.toLowerCase(), value);
  }

  claimHeader(given: string): void {
    const name = given.toLowerCase();
    if (isOwnHeader(name) || this.#call.request.headers.some(([other]) => other === name)) conflict(`header ${name}`);
    this.#claim(`header ${name}`);
  }

  body(): Injection["body"] {
    return [...this.#members]
      .toSorted(([one], [other]) => one - other)
      .map(([at, { isEmpty, texts }]) => ({ at, text: Buffer.from(texts.join(",") + (isEmpty ? "" : ",")) }));
  }

  #addParameter(name: string, value: string): void {
    const { request, arguments: args } = this.#call;
    // Many frameworks read the parameters of a form body and of the query as one list.
    const others = [...request.query.map(([other]) => other), ...Object.keys(args)];
    const wanted = readings(name);
    if (others.some((other) => readings(other).some((one) => wanted.includes(one)))) conflict(`parameter ${name}`);
    for (const reading of new Set(wanted)) this.#claim(`parameter ${reading}`);
    this.query.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  }

  /** Some readers of JSON take `API_Key` for `api_key`. */
  #addMember(pointer: string, value: string): void {
    const { request, route } = this.#call;
    const steps = pointerSteps(pointer);
    const key = steps.pop() ?? "";
    const isJson = /^application\/(?:[\w.-]+\+)?json(?:;|$)/.test(request.contentType ?? "");
    // A body that was read has one meaning; any other could have two objects there.
    const place =
      isJson && route.body.policy === "read" && request.body.length > 0 ? objectAt(request.body, steps) : null;
    if (place === null) conflict(`no object in the body for ${pointer}`);
    if (place.keys.some((other) => foldKey(other) === foldKey(key))) conflict(`member ${pointer}`);
    this.#claim(`member ${foldKey(pointer)}`);
    const known = this.#members.get(place.at) ?? { isEmpty: place.keys.length === 0, texts: [] };
    known.texts.push(`${JSON.stringify(key)}:${JSON.stringify(value)}`);
    this.#members.set(place.at, known);
  }

  #claim(what: string): void {
    if (this.#taken.has(what)) conflict(`two credentials for ${what}`);
    this.#taken.add(what);
  }
}

/**
 * As which names servers read that of a parameter: in any case, without space around it, `key[]` and `key[a]` as parts of `key`, and
 * `api.key`, `api key` and `api[key`, whose bracket is left open, as `api_key`.
 */
function readings(name: string): readonly string[] {
  const folded = foldKey(name).trim();
  return [folded.split("[", 1)[0] ?? "", folded].map((one) => one.trim().replaceAll(/[. []/g, "_"));
}

function conflict(hint: string): never {
  throw new Refusal("credential_conflict", { hint });
}

/** A request as it leaves. */
export interface Outgoing {
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  readonly headers: readonly string[];
  readonly body: Buffer | null;
}

/** What was judged, with exactly the injection added; and lists of the texts that no answer to it may show. */
export function inject<Request extends Outgoing>(
  judged: Request,
  injection: Injection,
): { readonly request: Request; readonly secrets: readonly (readonly string[])[] } {
  if (injection === noInjection) return { request: judged, secrets: noSecrets };
  const { query, credentials } = injection;
  const path = query === "" ? judged.path : `${judged.path}${judged.path.includes("?") ? "&" : "?"}${query}`;
  // What comes back is read for the credential, so it has to come as it is.
  const headers = [...judged.headers, ...injection.headers, "accept-encoding", "identity"];
  const request = { ...judged, path, headers, body: spliced(judged.body, injection.body) };
  const secrets = credentials.map((one) => one.secrets);
  for (const { sign } of credentials) {
    if (sign === undefined) continue;
    const { method, origin, body } = request;
    const signed = sign.of({ method, origin, target: path, headers, body } satisfies RequestToSign);
    headers.push(...assertAdds(signed.headers, sign.adds));
    secrets.push(signed.secrets);
  }
  return { request, secrets };
}

const noSecrets: readonly (readonly string[])[] = Object.freeze([]);

function assertAdds(headers: readonly string[], adds: readonly string[]): readonly string[] {
  const other = headers.find((name, at) => at % 2 === 0 && !adds.includes(name.toLowerCase()));
  if (other !== undefined) throw new Refusal("credential_conflict", { hint: `header ${other} was not announced` });
  return headers;
}

function spliced(body: Buffer | null, pieces: Injection["body"]): Buffer | null {
  if (pieces.length === 0 || body === null) return body;
  const parts: Buffer[] = [];
  let from = 0;
  for (const { at, text } of pieces) {
    parts.push(body.subarray(from, at), text);
    from = at;
  }
  return Buffer.concat([...parts, body.subarray(from)]);
}

/** The path and body of a request without what was injected: what has to be exactly what was judged. */
export function withoutInjection(
  { path, body }: Pick<Outgoing, "path" | "body">,
  injection: Injection,
): { readonly path: string; readonly body: Buffer } {
  const bytes = body ?? Buffer.alloc(0);
  if (injection === noInjection) return { path, body: bytes };
  const added = injection.query === "" ? 0 : injection.query.length + 1;
  const parts: Buffer[] = [];
  let from = 0;
  let shift = 0;
  for (const { at, text } of injection.body) {
    parts.push(bytes.subarray(from, at + shift));
    from = at + shift + text.length;
    shift += text.length;
  }
  const rest = bytes.subarray(from);
  return {
    path: added === 0 ? path : path.slice(0, -added),
    body: parts.length === 0 ? bytes : Buffer.concat([...parts, rest]),
  };
}
