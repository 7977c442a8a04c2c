import { MaskedValues } from "../../../../gateway/decide/printing/masked-values.ts";
import { Prints } from "../../../../gateway/decide/printing/prints.ts";
import { RegoSet, type Value } from "../../../../gateway/decide/value.ts";

const printsOf = (charge: (units: number) => void = () => {}): Prints =>
  new Prints(new MaskedValues([], () => null, charge), charge);
const of = (...values: readonly Value[]): RegoSet => RegoSet.from(values);

test("writes a line for each combination of the values that operands have, as OPA", () => {
  const prints = printsOf();
  prints.add("a.rego:1", [of("b", "a"), of(2, 1), of()]);
  expect(prints.printed.lines.map(({ text }) => text)).toEqual([
    "a 1 <undefined>",
    "a 2 <undefined>",
    "b 1 <undefined>",
    "b 2 <undefined>",
  ]);
});

test("stops at the bound, however many combinations there are", () => {
  let spent = 0;
  const prints = printsOf((units) => (spent += units));
  const many = of(...Array.from({ length: 1_000 }, (_, at) => at));
  prints.add(null, [many, many, many]);
  expect(prints.printed.lines).toHaveLength(32);
  expect(prints.printed.left).toBe(1);
  expect(spent).toBe(33);
});

test("says whether little enough was printed to be remembered", () => {
  const prints = printsOf();
  prints.add(null, [of("x".repeat(1_000))]);
  expect(prints.isShort).toBe(true);
  prints.add(null, [of("x".repeat(25))]);
  expect(prints.isShort).toBe(false);
});
