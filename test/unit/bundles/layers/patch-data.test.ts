import { patchedData, type PatchOperation, UnfitPatch } from "../../../../gateway/bundles/layers/patch-data.ts";

const data = { a: { b: 1, list: [1, 2] }, n: null };
const patched = (...operations: Partial<PatchOperation>[]): unknown =>
  JSON.parse(
    JSON.stringify(
      patchedData(
        data,
        operations.map((one) => ({ op: "upsert", path: "", value: null, ...one })),
      ),
    ),
  );

test("applies operations one after the other, and changes nothing of what it was given", () => {
  const [before, nothing] = [JSON.stringify(data), {}];
  expect(
    patched({ path: "/c/d", value: nothing }, { path: "c/d/e/", value: 2 }, { op: "remove", path: "/a/b" }),
  ).toEqual({ a: { list: [1, 2] }, n: null, c: { d: { e: 2 } } });
  expect([JSON.stringify(data), nothing]).toEqual([before, {}]);
});

test("takes any name as a name, and escapes of both kinds", () => {
  const after = patchedData(data, [
    { op: "upsert", path: "/__proto__/x", value: 1 },
    { op: "upsert", path: "/a~1b%2Fc~01", value: 2 },
  ]);
  expect(JSON.stringify(after)).toBe('{"a":{"b":1,"list":[1,2]},"n":null,"__proto__":{"x":1},"a/b/c~1":2}');
  expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
});

test.each<[Partial<PatchOperation>, string]>([
  [{ op: "add", path: "/a" }, "(add /a) is none of upsert, remove and replace"],
  [{ path: "/" }, "(upsert /) has an empty path"],
  [{ path: "/%zz" }, "has a path that cannot be read"],
  [{ op: "remove", path: "/a/c" }, "is about what is not there"],
  [{ op: "replace", path: "/n/c" }, "is about what is not there"],
  [{ path: "/a/b/c" }, "lies below what is no mapping"],
  [{ path: "/n/c" }, "lies below what is no mapping"],
  [{ path: "/a/list/3" }, "names no place of the list"],
  [{ op: "replace", path: "/a/list/2" }, "names no place of the list"],
  [{ op: "remove", path: "/a/list/-" }, "names no place of the list"],
  [{ path: "/a/list/7/x" }, "lies below what is no mapping"],
])("refuses %j", (operation, message) => {
  const apply = () => patched({ path: "/ok", value: 1 }, operation);
  expect(apply).toThrow(UnfitPatch);
  expect(apply).toThrow(`operation 2 of patch.json`);
  expect(apply).toThrow(message);
});
