import type { FindKinds } from "../../domain/detections.ts";
import { argumentRedactions } from "../../domain/decision.ts";
import { Refusal } from "../../domain/errors.ts";
import type { EvaluatedCall, Exchange, Rewriting } from "../../domain/exchange.ts";
import type { DefinitionLedger } from "../../domain/ports.ts";
import type { Redaction } from "../../domain/result.ts";
import type { ToolCall } from "../../domain/tool-call.ts";
import { encodeMirrored, mirroredArgument, mirroredPrefix, mirrors } from "../../domain/tool-definitions.ts";
import type { JsonObject, JsonValue } from "../../lib/json.ts";
import { redact } from "../results/redact.ts";
import { argumentPlace } from "./argument-place.ts";

interface ArgumentRedactionDeps {
  readonly find: FindKinds;
  readonly definitions: Pick<DefinitionLedger, "mirrored">;
}

type Rewrite = (exchange: Exchange, evaluated: EvaluatedCall) => Promise<Rewriting<Exchange> | null> | null;

/**
 * The bytes of a call without what its obligations `redact_arguments` name; null when none of it is there. A text at a pointer becomes
 * `[redacted]`, any other value null; of what a detector or a pattern finds, only the piece of text. Numbers keep their digits,
 * and headers that repeat an argument repeat what is left of it. @throws Refusal redaction_refused
 */
export function argumentRedaction(deps: ArgumentRedactionDeps): Rewrite {
  return function rewrite(exchange, { call, decision }) {
    const isSent = decision.effect !== "deny" && call.serverRequest === undefined;
    const redactions = !isSent ? [] : argumentRedactions(decision.obligations);
    return redactions.length === 0 ? null : rewriting(deps, exchange, call, redactions);
  };
}

async function rewriting(
  { find, definitions }: ArgumentRedactionDeps,
  exchange: Exchange,
  call: ToolCall,
  redactions: readonly Redaction[],
): Promise<Rewriting<Exchange> | null> {
  const left = withoutRedacted(call, redactions, find);
  if (left === null) return null;
  assertUnsigned(call);
  const headers = await repeatedAnew(exchange, call, left.args, definitions);
  return {
    values: left.values,
    apply(arrival) {
      arrival.body = left.body;
      if (headers !== null) arrival.headers = headers;
    },
  };
}

interface Left {
  readonly args: JsonObject;
  readonly body: Buffer;
  readonly values: number;
}

/** Null when there is nothing to remove. @throws Refusal redaction_refused where something is, and cannot be removed exactly */
function withoutRedacted(call: ToolCall, redactions: readonly Redaction[], find: FindKinds): Left | null {
  const { contentType } = call.request;
  if (call.argumentsOmitted) refuse(`a body of the type ${contentType ?? "none"}, which policy does not read here`);
  const { inBody, elsewhere, beside, bodyWith } = argumentPlace(call);
  const finds = (value: JsonObject, what: readonly Redaction[]): boolean => redact(value, what, find).count > 0;
  if (finds(elsewhere, redactions)) refuse(`an argument outside of a JSON body (${Object.keys(elsewhere).join(", ")})`);
  // Pointers lead into the arguments alone; what is looked for by its form must not pass beside them.
  if (
    finds(
      beside,
      redactions.filter((one) => !("pointer" in one)),
    )
  )
    refuse("a param beside the arguments");
  const { value, count } = redact(inBody, redactions, find);
  if (count === 0) return null;
  const args = value as JsonObject;
  return { args, body: Buffer.from(JSON.stringify(bodyWith(args))), values: count };
}

/** Names of headers that hold a digest or a signature of the body, whatever their scheme. */
const aboutBody = /(?:^|-)(?:digest|signature|signed|hmac|md5|sha\d*|hash|checksum)(?:-|$)/;

/** Types whose body is a signed or encrypted document (RFC 7515). */
const signedType = /[/+.-](?:jose|jws|jwt|signed|pkcs7)\b/;

/** @throws Refusal redaction_refused */
function assertUnsigned({ request }: ToolCall): void {
  const header = request.headers.find(([name]) => aboutBody.test(name));
  if (header !== undefined) refuse(`the header ${header[0]} holds a digest or signature of the body`);
  if (signedType.test(request.contentType ?? "")) refuse(`a signed body (${request.contentType})`);
}

/**
 * The headers with those anew that repeat an argument (`Mcp-Param-*`, MCP 2026-07-28). One that repeated it wrongly stays as it is, and is
 * refused before the call is sent. Null when no header changes.
 */
async function repeatedAnew(
  { req, headers: raw = req.rawHeaders }: Exchange,
  { mcp, route, name, arguments: before }: ToolCall,
  after: JsonObject,
  definitions: Pick<DefinitionLedger, "mirrored">,
): Promise<readonly string[] | null> {
  if (mcp === null || !raw.some((text, at) => at % 2 === 0 && isMirrored(text))) return null;
  const mirrored = await definitions.mirrored(route.server, name, mcp.version);
  if (mirrored === null) return null;
  return raw.flatMap((header, at) => {
    if (at % 2 === 1) return [];
    const value = raw[at + 1] ?? "";
    const path = isMirrored(header) ? mirrored.get(header.toLowerCase()) : undefined;
    const [was, is] = path === undefined ? [] : [mirroredArgument(before, path), mirroredArgument(after, path)];
    if (was === undefined || JSON.stringify(was) === JSON.stringify(is) || !mirrors(value, was)) return [header, value];
    return is === undefined ? [] : [header, spelled(is)];
  });
}

function isMirrored(name: string): boolean {
  return name.toLowerCase().startsWith(mirroredPrefix);
}

function spelled(value: JsonValue): string {
  return encodeMirrored(typeof value === "string" ? value : JSON.stringify(value));
}

/** Whether nothing is left that the obligation removes; what cannot be looked at counts as left. */
export function isRedacted(call: ToolCall, redactions: readonly Redaction[], find: FindKinds): boolean {
  return !call.argumentsOmitted && redact(call.arguments, redactions, find).count === 0;
}

function refuse(what: string): never {
  throw new Refusal("redaction_refused", { hint: what });
}
