import { isUtf8 } from "node:buffer";
import { isJsonObject } from "../../lib/json.ts";
import { foldKey } from "../../lib/look-alike.ts";
import { Refusal } from "../../domain/errors.ts";
import type { AnswerHead } from "../../domain/upstream-answer.ts";
import { withoutGatewayText } from "./server-message.ts";
import { parseJson } from "../../lib/parse-json.ts";

const jsonType = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/;

export const isJsonType = (type: string): boolean => jsonType.test(type);

export function isMethod(key: string): boolean {
  return foldKey(key) === "method";
}

/**
 * The body of an answer that is no success, without what it says in the gateway's name, and the JSON in it. One that some client could
 * read as a result is withheld.
 */
export function refusalOf(body: Buffer, { type }: AnswerHead): { readonly shown: Buffer; readonly message: unknown } {
  let text: string;
  let message: unknown;
  try {
    text = decoded(body);
    message = parseJson(text.replace(/^\ufeff/, ""));
  } catch (cause) {
    if (body.length === 0 || !isJsonType(type)) return { shown: body, message: null };
    throw new Refusal("upstream_answer_refused", { detail: "a refusal that is not JSON", cause });
  }
  const isResult = (key: string): boolean => foldKey(key) === "result" || key === "__proto__";
  if (Array.isArray(message) || (isJsonObject(message) && Object.keys(message).some(isResult)))
    withhold("a refusal that holds a result");
  const shown = isJsonObject(message) ? withoutGatewayText(text.replace(/^\ufeff/, ""), message) : text;
  return { shown: shown === text ? body : Buffer.from(shown), message };
}

/** @throws Refusal upstream_answer_refused */
export function decoded(body: Buffer): string {
  return isUtf8(body) ? body.toString() : withhold("not UTF-8");
}

export function withhold(detail: string): never {
  throw new Refusal("upstream_answer_refused", { detail });
}
