import type { JsonObject, JsonValue } from "../lib/json.ts";
import type { ToolCall } from "./tool-call.ts";

/** What a tool server answered, as the result phase of a policy sees it: `context.result`. */
export interface ResultFact {
  /** answer: what the caller asked for. message: what the tool server sends beside it, such as progress or a question of its own. */
  readonly part: "answer" | "message";
  /** HTTP status of the tool server. */
  readonly status: number;
  /** Media types without parameters: of the answer, and of the content blocks of an MCP result. */
  readonly content_types: readonly string[];
  /** Size of the content as JSON or text, in bytes of UTF-8. */
  readonly bytes: number;
  /** An HTTP status from 400 on, a JSON-RPC error, or a tool result that says so itself. */
  readonly is_error: boolean;
  /** The JSON value or the text; null when it is omitted. Of MCP the result or the error, not the frame around it. */
  readonly content: JsonValue;
  /** The route does not ask for the content, or it is neither JSON nor text, or there is none. */
  readonly content_omitted: boolean;
  /** What detectors found in the texts of the content. Looked for at the first access: few policies read it. */
  readonly detected: readonly Detection[];
}

/** What detectors find, the most telling kind first: of two findings of the same text the one named earlier here is kept. */
export const detectorKinds = [
  "private_key",
  "jwt",
  "secret",
  "iban",
  "card",
  "national_id",
  "email",
  "phone",
  "injection",
] as const;

export type DetectorKind = (typeof detectorKinds)[number];

/** Findings of one detector at one place. */
export interface Detection {
  readonly kind: DetectorKind;
  /** JSON pointer (RFC 6901) of the text in the content; "" for the whole. */
  readonly pointer: string;
  readonly count: number;
}

/** One part of an answer that a policy removes: at a place, whatever a detector finds, or whatever a pattern (RE2) matches. */
export type Redaction =
  { readonly pointer: string } | { readonly detector: DetectorKind } | { readonly pattern: string };

/** What became of the answer to one call, for its outcome record. */
export interface ResultSummary {
  /** The strictest of all its messages. */
  readonly effect: "pass" | "redact" | "block";
  /** Answers and messages that were judged. */
  readonly judged: number;
  /** Values that were removed. */
  readonly redacted: number;
  /** Codes of the reasons of a block, and of what withheld one of several answers without asking a rule. */
  readonly reasons: readonly string[];
  /** Labels that the session got. */
  readonly labels: readonly string[];
}

/** Which tools have rules about their results. */
export interface ResultRules {
  /** Rules about every tool. */
  readonly everywhere: boolean;
  /** By server, the tools that have rules of their own. */
  readonly tools: Readonly<Record<string, readonly string[]>>;
}

type AnswersIn = Pick<ToolCall, "beside" | "arguments" | "argumentsOmitted" | "resourceType" | "mcp" | "serverRequest">;

/** What the context of the input document has in some phases and calls alone: an answer, and answers to a tool server. */
export function ofAnswers(call: AnswersIn, result: ResultFact | null): JsonObject | null {
  const { inputResponses } = isOfParams(call) ? call.arguments : call.beside;
  if (inputResponses === undefined && result === null) return null;
  return {
    ...(inputResponses === undefined || call.argumentsOmitted ? {} : { input_responses: inputResponses }),
    ...(result === null ? {} : { result: result as unknown as JsonObject }),
  };
}

/** Tools and prompts choose the names of their arguments; those of any other message since MCP 2026-07-28 are its params. */
function isOfParams({ resourceType, mcp, serverRequest }: AnswersIn): boolean {
  return mcp?.era === "modern" && serverRequest === undefined && resourceType !== "tool" && resourceType !== "prompt";
}
