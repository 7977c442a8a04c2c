import { visibleList } from "../../../../gateway/act/results/list-filter.ts";

const view = { keep: ({ name }: { readonly name?: unknown }) => name === "a", show: (tool: object) => tool as never };

test("takes hidden tools out of a list and makes it uncacheable", () => {
  const result = { tools: [{ name: "a" }, { name: "hidden" }, "odd"], ttlMs: 9_000, cacheScope: "public" };
  expect(visibleList(result, view)).toEqual({ tools: [{ name: "a" }], ttlMs: 0, cacheScope: "private" });
});

test("keeps the members of a list and drops the others", () => {
  const result = { tools: [{ name: "a" }], nextCursor: "2", _meta: { x: 1 }, resultType: "complete", more: ["hidden"] };
  const { more: _more, ...kept } = result;
  expect(visibleList(result, view)).toEqual(kept);
});

test.each([
  ["tools that are no array", { tools: { 0: { name: "a" } } }],
  ["no tools", {}],
  ["tools under a key of other case", { tools: [], Tools: [{ name: "a" }] }],
  ["tools under a key that folds to it", { "tool\u017f": [{ name: "a" }] }],
  ["a cursor that is no text", { tools: [], nextCursor: { tools: [] } }],
  ["a tool's name under a key of other case", { tools: [{ name: "a", inputSchema: {}, Description: "hidden" }] }],
])("refuses a list with %s", (_what, result) => {
  expect(() => visibleList(result, view)).toThrow(expect.objectContaining({ code: "upstream_list_malformed" }));
});
