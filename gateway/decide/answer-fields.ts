import type { ErrorCode } from "../domain/errors.ts";

/** The answer is not what the contract says; `code` is the doubt it becomes. */
export class Misshapen extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, detail: string) {
    super(detail);
    this.name = "Misshapen";
    this.code = code;
  }
}

export function misshapen(where: string, wanted: string): Misshapen {
  return new Misshapen("policy_shape", `${where} must be ${wanted}`);
}

type Fields = Readonly<Record<string, unknown>>;

/** An object with exactly these keys, beside those it may leave out: one too few or too many is a misunderstanding, and so a doubt. */
export function exactObject(
  value: unknown,
  keys: readonly string[],
  where: string,
  optional: readonly string[] = [],
): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw misshapen(where, "an object");
  for (const key of keys) if (!Object.hasOwn(value, key)) throw misshapen(where, `complete: ${key} is missing`);
  if (Object.keys(value).length !== keys.length) {
    const extra = Object.keys(value).filter((key) => !keys.includes(key) && !optional.includes(key));
    if (extra.length > 0) throw misshapen(where, `without ${extra.join(", ")}`);
  }
  return value as Fields;
}

export function arrayOf(value: unknown, check: (item: unknown, where: string) => void, where: string): void {
  if (!Array.isArray(value)) throw misshapen(where, "an array");
  for (let index = 0; index < value.length; index += 1) check(value[index], `${where}/${index}`);
}

export function text(value: unknown, where: string): void {
  if (typeof value !== "string" || value === "") throw misshapen(where, "a text");
}

export function texts(value: unknown, where: string): void {
  arrayOf(value, text, where);
}

export function oneOf(value: unknown, words: readonly string[], where: string): void {
  if (!words.includes(value as string)) throw misshapen(where, words.join(" or "));
}

export function positiveInteger(value: unknown, where: string): void {
  if (!Number.isSafeInteger(value) || (value as number) < 1) throw misshapen(where, "a whole number above zero");
}

export function flag(value: unknown, where: string): void {
  if (typeof value !== "boolean") throw misshapen(where, "true or false");
}
