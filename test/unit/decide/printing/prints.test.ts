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
  expect(prints.printed.left).toBe(1_000 ** 3 - 32);
  expect(spent).toBe(33);
});

test("says whether little enough was printed to be remembered", () => {
  const prints = printsOf();
  prints.add(null, [of("x".repeat(1_000))]);
  expect(prints.isShort).toBe(true);
  prints.add(null, [of("x".repeat(25))]);
  expect(prints.isShort).toBe(false);
});

test("renders no more of a value than a line has, and hides a masked text that stands across the cut", () => {
  const secret = "s3cret-".repeat(20);
  const free = (): void => undefined;
  for (let at = 1_000; at < 1_100; at += 7) {
    const hiding = new Prints(new MaskedValues(["/secret"], () => JSON.stringify({ secret }), free), free);
    hiding.add(null, [of(["x".repeat(at - secret.length), secret])]);
    hiding.add(null, [of(`${"x".repeat(at - secret.length)}${secret}`)]);
    for (const { text } of hiding.printed.lines) expect(text).not.toContain("s3cret");
  }
  let spent = 0;
  const charge = (units: number) => void (spent += units);
  const prints = new Prints(new MaskedValues(["/secret"], () => JSON.stringify({ secret }), charge), charge);
  prints.add(null, [of(Array.from({ length: 1_000 }, () => "y".repeat(1_000)))]);
  // To look for it in all of them would be some 15,000 units.
  expect(spent).toBeLessThan(200);
});
