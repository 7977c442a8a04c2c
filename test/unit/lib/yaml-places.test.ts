import { type Finding, type Path, readYaml } from "../../../gateway/lib/yaml-places.ts";

const text = `name: one
routes:
  - id: a
    upstream: { origin: x }
  - *missing
`;
const routes = text.replace("  - *missing\n", "");

test.each<[Path, Finding["at"], number, number]>([
  [["name"], "key", 1, 1],
  [["name"], "value", 1, 7],
  [["routes", 0, "upstream", "origin"], "key", 4, 17],
  [["routes", 0, "upstream", "origin"], "value", 4, 25],
  [["routes", 0, "upstream", "method"], "value", 4, 15],
  [["routes", 1, "id"], "value", 3, 3],
])("finds the place of %j (%s)", (path, at, line, column) => {
  expect(readYaml(routes).place(path, at)).toEqual({ line, column });
});

test("reads the values of good YAML, aliases followed", () => {
  const { faults, values, place } = readYaml("a: &x { b: 1 }\nc: *x\n");
  expect([faults, values]).toEqual([[], { a: { b: 1 }, c: { b: 1 } }]);
  expect(place(["c", "b"], "value")).toEqual({ line: 1, column: 12 });
});

test.each<[string, string, string, number]>([
  ["a name twice", "a: 1\nb: 2\na: 3\n", "a is there twice in one mapping", 3],
  ["an alias of nothing", text, "*missing is the alias of no anchor above it", 5],
  ["an unknown tag", "a: !secret x\n", "Unresolved tag: !secret", 1],
])("gives no values for %s, but a fault with its place", (_, yaml, message, line) => {
  const { faults, values } = readYaml(yaml);
  expect(values).toBeNull();
  expect(faults).toEqual([{ message, place: { line, column: expect.any(Number) } }]);
});

test("gives a fault for aliases that stand for too many values", () => {
  const levels = Array.from(
    { length: 9 },
    (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level}, `.repeat(9)}x]`,
  );
  const { faults, values } = readYaml(["a0: &a0 [x]", ...levels].join("\n"));
  expect(values).toBeNull();
  expect(faults).toEqual([{ message: "its aliases stand for too many values", place: { line: 1, column: 1 } }]);
});

test("reads merge keys only when asked to", () => {
  const merged = "base: &b { x: 1 }\nuse: { <<: *b, y: 2 }\n";
  expect(readYaml(merged, { merge: true }).values).toMatchObject({ use: { x: 1, y: 2 } });
  expect(readYaml(merged).values).toMatchObject({ use: { "<<": { x: 1 }, y: 2 } });
});
