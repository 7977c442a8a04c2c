import { compareStrings } from "../value.ts";
import { chargeText, stringAt } from "./operands.ts";
import type { Builtin } from "./types.ts";
import { BuiltinError } from "./types.ts";

/** Semantic versions (https://semver.org) with an optional leading "v"; numbers must fit 64 bits. */
interface Version {
  readonly core: readonly [bigint, bigint, bigint];
  readonly preRelease: readonly string[];
}

const IDENTIFIERS = "[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*";
const VERSION = new RegExp(
  `^v?(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)(?:-(${IDENTIFIERS}))?(?:\\+${IDENTIFIERS})?$`,
);
const INT64 = 1n << 63n;

function parse(text: string): Version | undefined {
  const match = VERSION.exec(text);
  if (match === null) return undefined;
  const core = [match[1], match[2], match[3]].map((part) => BigInt(part as string)) as [bigint, bigint, bigint];
  const preRelease = match[4]?.split(".") ?? [];
  if (core.some((part) => part >= INT64) || preRelease.some((part) => /^0\d+$/.test(part))) return undefined;
  return { core, preRelease };
}

function compare(left: Version, right: Version): number {
  for (let i = 0; i < 3; i += 1) {
    const a = left.core[i] as bigint;
    const b = right.core[i] as bigint;
    if (a !== b) return a < b ? -1 : 1;
  }
  const a = left.preRelease;
  const b = right.preRelease;
  if (a.length === 0 || b.length === 0) return Math.sign(b.length - a.length);
  for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
    const order = compareIdentifiers(a[i] as string, b[i] as string);
    if (order !== 0) return order;
  }
  return Math.sign(a.length - b.length);
}

function compareIdentifiers(left: string, right: string): number {
  const numeric = [left, right].map((text) => /^\d+$/.test(text));
  if (numeric[0] !== numeric[1]) return numeric[0] === true ? -1 : 1;
  if (numeric[0] !== true) return compareStrings(left, right);
  const a = clamp(left);
  const b = clamp(right);
  return a < b ? -1 : a > b ? 1 : 0;
}

/** OPA reads a longer number as the largest of 64 bits. */
function clamp(digits: string): bigint {
  const value = BigInt(digits);
  return value >= INT64 ? INT64 - 1n : value;
}

function versionAt(position: number, text: string): Version {
  const version = parse(text);
  if (version === undefined) throw new BuiltinError(`operand ${position}: string ${text} is not a valid SemVer`);
  return version;
}

const semverCompare: Builtin = (context, left, right) => {
  const a = stringAt(1, left);
  const b = stringAt(2, right);
  chargeText(context, a.length * 4, b.length * 4);
  return compare(versionAt(1, a), versionAt(2, b));
};

const semverIsValid: Builtin = (context, value) => {
  if (typeof value !== "string") return false;
  chargeText(context, value.length * 4);
  return parse(value) !== undefined;
};

export const semver: Readonly<Record<string, Builtin>> = {
  "semver.compare": semverCompare,
  "semver.is_valid": semverIsValid,
};
