import fc from "fast-check";
import { makeNumber, RegoObject, type Value } from "../../../../gateway/decide/value.ts";
import type { Specimens } from "./specimens.ts";

const whole = fc.constantFrom("0", "1", "2", "-1", "-0", "10", "4294967297", "18446744073709551617");
const end = fc.constantFrom(
  "",
  ".0",
  ".00",
  ".000000000000000",
  ".00000000000000000000",
  "e0",
  "E0",
  ".0e0",
  ".5",
  "e-1",
);
const index = fc.tuple(whole, end).map((all): Value => makeNumber(all.join("")));
const list = fc.array(fc.constantFrom<Value[]>("a", "b", ["c", "d"]), { maxLength: 12 });

/** Lists that are looked into at numbers in every way to write them. */
export const indexSpecimens: Specimens = {
  "object.get": fc
    .tuple(list, fc.array(index, { minLength: 1, maxLength: 2 }))
    .map(([items, path]) => [RegoObject.from([["list", items]]), ["list", ...path], "none"]),
};
