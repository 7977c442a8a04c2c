import { joined } from "../../../gateway/lib/joined.ts";

test("joins chunks, and copies none that is alone", () => {
  const [one, other] = [Buffer.from("one"), Buffer.from("other")];
  expect(joined([one, other]).toString()).toBe("oneother");
  expect(joined([one])).toBe(one);
  expect(joined([])).toHaveLength(0);
});
