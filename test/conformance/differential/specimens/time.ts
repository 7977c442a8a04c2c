import fc from "fast-check";
import { makeNumber, type Value } from "../../../../gateway/decide/value.ts";
import type { Specimens } from "./specimens.ts";

const zone = fc.constantFrom(
  ...Intl.supportedValuesOf("timeZone"),
  "Etc/GMT+5",
  "EST5EDT",
  "US/Eastern",
  "WET",
  "Zulu",
);
/** Nanoseconds from 1678 to 2262, most of them since zones have had their rules. */
const instant = fc
  .oneof(
    { weight: 1, arbitrary: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
    { weight: 4, arbitrary: fc.bigInt({ min: -2_500_000_000n, max: 4_500_000_000n }).map((at) => at * 1_000_000_000n) },
  )
  .map((at): Value => makeNumber(at.toString()));
const layout = fc.constantFrom<Value[]>("MST", "RFC1123", "RFC850", "UnixDate", "2006-01-02 15:04:05 -0700 MST");

/** Instants in every zone of the tz database, with layouts that name the zone. */
export const timeSpecimens: Specimens = {
  "time.format": fc.tuple(fc.tuple(instant, zone, layout)),
};
