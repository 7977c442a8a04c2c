import type { ErrorCode } from "../domain/errors.ts";

/** The policy's answer does not follow the contract; `code` is the error code of the indeterminate decision. */
export class MalformedAnswer extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, detail: string) {
    super(detail);
    this.name = "MalformedAnswer";
    this.code = code;
  }
}

export function malformed(where: string, wanted: string): MalformedAnswer {
  return new MalformedAnswer("policy_shape", `${where} must be ${wanted}`);
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * An object with exactly these keys and any of the optional ones. A missing or unknown key makes the answer
 * indeterminate. @throws MalformedAnswer
 */
export function exactObject(
  value: unknown,
  keys: readonly string[],
  where: string,
  optional: readonly string[] = [],
): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformed(where, "an object");
  for (const key of keys) if (!Object.hasOwn(value, key)) throw malformed(where, `complete: ${key} is missing`);
  if (Object.keys(value).length !== keys.length) {
    const extra = Object.keys(value).filter((key) => !keys.includes(key) && !optional.includes(key));
    if (extra.length > 0) throw malformed(where, `without ${extra.join(", ")}`);
  }
  return value as Fields;
}

export function arrayOf(value: unknown, check: (item: unknown, where: string) => void, where: string): void {
  if (!Array.isArray(value)) throw malformed(where, "an array");
  for (let index = 0; index < value.length; index += 1) check(value[index], `${where}/${index}`);
}

export function text(value: unknown, where: string): void {
  if (typeof value !== "string" || value === "") throw malformed(where, "a text");
}

export function texts(value: unknown, where: string): void {
  arrayOf(value, text, where);
}

export function oneOf(value: unknown, words: readonly string[], where: string): void {
  if (!words.includes(value as string)) throw malformed(where, words.join(" or "));
}

export function positiveInteger(value: unknown, where: string): void {
  if (!Number.isSafeInteger(value) || (value as number) < 1) throw malformed(where, "a whole number above zero");
}

export function flag(value: unknown, where: string): void {
  if (typeof value !== "boolean") throw malformed(where, "true or false");
}
