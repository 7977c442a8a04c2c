import { type ListView, visibleList } from "../../../../gateway/act/results/list-filter.ts";

const view: ListView = {
  keep: async (tools) => tools.filter(({ name }) => name === "a"),
  show: (tool) => tool,
};

test("takes hidden tools out of a list and makes it uncacheable", async () => {
  const result = { tools: [{ name: "a" }, { name: "hidden" }, "odd"], ttlMs: 9_000, cacheScope: "public" };
  expect(await visibleList(result, view)).toEqual({ tools: [{ name: "a" }], ttlMs: 0, cacheScope: "private" });
});

test("keeps the members of a list and drops the others", async () => {
  const result = { tools: [{ name: "a" }], nextCursor: "2", _meta: { x: 1 }, resultType: "complete", more: ["hidden"] };
  const { more: _more, ...kept } = result;
  expect(await visibleList(result, view)).toEqual(kept);
});

test.each([
  ["tools that are no array", { tools: { 0: { name: "a" } } }],
  ["no tools", {}],
  ["tools under a key of other case", { tools: [], Tools: [{ name: "a" }] }],
  ["tools under a key that folds to it", { "tool\u017f": [{ name: "a" }] }],
  ["a cursor that is no text", { tools: [], nextCursor: { tools: [] } }],
  ["a tool's name under a key of other case", { tools: [{ name: "a", inputSchema: {}, Description: "hidden" }] }],
])("refuses a list with %s", async (_what, result) => {
  await expect(visibleList(result, view)).rejects.toEqual(expect.objectContaining({ code: "upstream_list_malformed" }));
});
