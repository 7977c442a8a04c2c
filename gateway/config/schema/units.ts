import { z } from "zod";
import { kindOf } from "../../lib/schema-findings.ts";

const durationPattern = /^(0|[1-9][0-9]*)(ms|s|m|h|d)$/;
const sizePattern = /^(0|[1-9][0-9]*)(B|KiB|MiB|GiB)$/;
const countPattern = /^[1-9][0-9]{0,2}(_?[0-9]{3})*$|^(0|[1-9][0-9]*)$/;

const unitMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const unitBytes: Record<string, number> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** A duration as people write it, parsed to milliseconds. `least` and `most` are in the same notation. */
export function duration(least: string, most: string) {
  return z
    .string({ error: (issue) => `expected a duration such as "30s", got ${kindOf(issue.input)}` })
    .regex(durationPattern, { error: "expected a duration such as 250ms, 30s, 15m, 12h or 7d" })
    .transform((text) => scaled(text, durationPattern, unitMs))
    .refine((ms) => ms >= parseDuration(least) && ms <= parseDuration(most), {
      error: `must be between ${least} and ${most}`,
    });
}

/** A size as people write it, parsed to bytes. */
export function size(least: string, most: string) {
  return z
    .string({ error: (issue) => `expected a size such as "1MiB", got ${kindOf(issue.input)}` })
    .regex(sizePattern, { error: "expected a size such as 512B, 64KiB, 8MiB or 1GiB" })
    .transform((text) => scaled(text, sizePattern, unitBytes))
    .refine((bytes) => bytes >= parseSize(least) && bytes <= parseSize(most), {
      error: `must be between ${least} and ${most}`,
    });
}

/** A whole number; underscores may group its digits (YAML 1.2 reads `2_000_000` as text). */
export function count(least: number, most: number) {
  return z
    .union([z.number(), z.string().regex(countPattern, { error: "expected a whole number" })], {
      error: (issue) => `expected a whole number, got ${kindOf(issue.input)}`,
    })
    .transform((value) => (typeof value === "number" ? value : Number(value.replaceAll("_", ""))))
    .refine((value) => Number.isInteger(value) && value >= least && value <= most, {
      error: `must be a whole number between ${least} and ${most}`,
    });
}

export function parseDuration(text: string): number {
  return scaled(text, durationPattern, unitMs);
}

export function parseSize(text: string): number {
  return scaled(text, sizePattern, unitBytes);
}

function scaled(text: string, pattern: RegExp, units: Record<string, number>): number {
  const [, digits, unit] = pattern.exec(text) ?? [];
  return Number(digits) * (units[unit ?? ""] ?? Number.NaN);
}
