import type { NumberValue } from "../../value.ts";
import { compareNumbers } from "../../value.ts";
import { decimalOf } from "../../value/number.ts";
import { bigFloat, generalTextOf } from "../go/big-float.ts";
import type { Outcome } from "./outcome.ts";
import type { Schema } from "./schema.ts";

export function checkNumber(schema: Schema, value: NumberValue, outcome: Outcome, path: string): void {
  const show = (bound: NumberValue): string => generalTextOf(bigFloat(bound));
  const { multipleOf, minimum, exclusiveMinimum, maximum, exclusiveMaximum } = schema;
  if (multipleOf !== undefined && !isMultiple(value, multipleOf)) {
    outcome.add("multiple_of", path, `Must be a multiple of ${show(multipleOf)}`);
  }
  if (maximum !== undefined && compareNumbers(value, maximum) > 0) {
    outcome.add("number_lte", path, `Must be less than or equal to ${show(maximum)}`);
  }
  if (exclusiveMaximum !== undefined && compareNumbers(value, exclusiveMaximum) >= 0) {
    outcome.add("number_lt", path, `Must be less than ${show(exclusiveMaximum)}`);
  }
  if (minimum !== undefined && compareNumbers(value, minimum) < 0) {
    outcome.add("number_gte", path, `Must be greater than or equal to ${show(minimum)}`);
  }
  if (exclusiveMinimum !== undefined && compareNumbers(value, exclusiveMinimum) <= 0) {
    outcome.add("number_gt", path, `Must be greater than ${show(exclusiveMinimum)}`);
  }
  outcome.score += 1;
}

function isMultiple(value: NumberValue, unit: NumberValue): boolean {
  const a = decimalOf(value);
  const b = decimalOf(unit);
  const shift = a.exponent - b.exponent;
  const scale = 10n ** BigInt(Math.min(Math.abs(shift), 10_000));
  return shift >= 0 ? (a.digits * scale) % b.digits === 0n : a.digits % (b.digits * scale) === 0n;
}
