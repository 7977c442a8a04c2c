import { Refusal } from "../../domain/errors.ts";
import { maxTaskTextBytes, plainTaskText } from "../../domain/task-text.ts";
import { type CutText, cutToBytes, cutToLength } from "../../lib/cut-text.ts";
import { claimSteps, isJsonObject, type JsonObject } from "../../lib/json.ts";
import { strictClaimAt, textAt } from "./claims.ts";

/** Claims are copied into every policy input and record of the caller. */
const maxClaimsBytes = 4096;
const maxNamesBytes = 1024;

const maxPurposeLength = 512;

export interface InputClaims {
  readonly kept: JsonObject;
  /** Names of the claims that were left out, sorted; `*` alone when there are more than can be listed. */
  readonly omitted: readonly string[];
}

/**
 * The claims that the policy input has room for. When they are too many bytes, the largest are left out, as few as it
 * takes: a claim that somebody inflates displaces itself and no other.
 */
export function inputClaims(claims: JsonObject): InputClaims {
  let left = bytesOf(claims);
  if (left <= maxClaimsBytes) return { kept: claims, omitted: [] };
  const omitted = new Set<string>();
  for (const { name, bytes } of largestFirst(claims)) {
    if (left <= maxClaimsBytes) break;
    omitted.add(name);
    left -= bytes;
  }
  const kept = Object.fromEntries(Object.entries(claims).filter(([name]) => !omitted.has(name)));
  const names = [...omitted].toSorted();
  return { kept, omitted: bytesOf(names) <= maxNamesBytes ? names : ["*"] };
}

function largestFirst(claims: JsonObject): { readonly name: string; readonly bytes: number }[] {
  return Object.entries(claims)
    .map(([name, value]) => ({ name, bytes: bytesOf(name) + bytesOf(value) + ":,".length }))
    .toSorted((one, other) => other.bytes - one.bytes || (one.name < other.name ? -1 : 1));
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** Null without the claim. Too long is cut: the purpose is read by people and policies, and its beginning is of use. @throws Refusal token_invalid */
export function purposeAt(claims: JsonObject, name: string): CutText | null {
  const text = textAt(claims, name, Infinity);
  return text === null ? null : cutToLength(text, maxPurposeLength);
}

/**
 * What a person wrote as the task, null without it.
 * @throws Refusal token_invalid when the claim is no text
 */
export function taskTextAt(claims: JsonObject, name: string): CutText | null {
  const value = strictClaimAt(claims, name);
  if (value === null || value === "") return null;
  if (typeof value !== "string") throw new Refusal("token_invalid", { hint: `its claim ${name} is not a text` });
  return cutToBytes(plainTaskText(value), maxTaskTextBytes);
}

/** The claims without the one of that name, or at that JSON pointer; a list that the pointer leads into goes as a whole. */
export function withoutClaim(claims: JsonObject, name: string): JsonObject {
  return withoutMember(claims, claimSteps(name));
}

function withoutMember(value: JsonObject, [head = "", ...rest]: readonly string[]): JsonObject {
  if (!Object.hasOwn(value, head)) return value;
  const inner = value[head];
  if (rest.length > 0 && isJsonObject(inner)) return { ...value, [head]: withoutMember(inner, rest) };
  const { [head]: _gone, ...others } = value;
  return others;
}
