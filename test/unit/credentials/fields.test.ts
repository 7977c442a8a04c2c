import { fieldsIn, fieldsOf, filledIn } from "../../../gateway/credentials/fields.ts";

test("fills a template with the fields of a secret, whatever these hold", () => {
  const fields = fieldsIn({ user: "a$&b", pin: 7, nested: {}, flag: true });
  expect([...fields.keys()]).toEqual(["user", "pin"]);
  expect(filledIn("{user}:{pin}:{user}", fields)).toBe("a$&b:7:a$&b");
});

test("names each field that a template asks for once", () => {
  expect(fieldsOf("{a}:{b-c.d}:{a} {not a field}")).toEqual(["a", "b-c.d"]);
});

test("refuses a template whose field the secret has not, and names it", () => {
  expect(() => filledIn("{token}", fieldsIn(undefined))).toThrow("the secret has no field token");
});
