import { listingIn, type ListView, visibleList } from "../../../../gateway/act/results/list-filter.ts";
import { listingOf } from "../../../../gateway/domain/definition-kinds.ts";

const view: ListView = {
  listing: listingOf("tool"),
  keep: async (tools) => tools.filter(({ name }) => name === "a"),
  show: (tool) => tool,
};

test("takes hidden tools out of a list and makes it uncacheable", async () => {
  const result = { tools: [{ name: "a" }, { name: "hidden" }, "odd"], ttlMs: 9_000, cacheScope: "public" };
  expect(await visibleList(result, view)).toEqual({ tools: [{ name: "a" }], ttlMs: 0, cacheScope: "private" });
});

test.each([
  ["prompt", "prompts", "name"],
  ["resource", "resources", "uri"],
  ["resource_template", "resourceTemplates", "uriTemplate"],
] as const)(
  "takes hidden ones out of a list of each %s, and drops the lists of other kinds",
  async (kind, member, named) => {
    const listing = listingOf(kind);
    const keep: ListView["keep"] = async (items) => items.filter((item) => item[named] === "a");
    const items = [{ [named]: "a", title: "A" }, { [named]: "hidden" }];
    const result = { nextCursor: "2", [member]: items, tools: items };
    const shown = await visibleList(result, { ...view, listing, keep });
    expect(shown).toEqual({ [member]: [{ [named]: "a", title: "A" }], nextCursor: "2" });
    const likeThis = { [member]: [{ [named]: "a", [named.toUpperCase()]: "hidden" }] };
    await expect(visibleList(likeThis, { ...view, listing })).rejects.toMatchObject({
      code: "upstream_list_malformed",
    });
  },
);

test.each([
  ["tools/call", { content: [] }, null],
  ["tools", { TOOLS: [] }, "tool"],
  ["prompts", { prompts: [] }, "prompt"],
  ["resources", { resources: [] }, "resource"],
  ["templates", { resourcetemplates: [] }, "resource_template"],
  ["anything", JSON.parse('{"__proto__": {}}') as object, "tool"],
])("what readers of a result could take for a list of %s is one", (_what, result, kind) => {
  expect(listingIn(result as never)?.kind ?? null).toBe(kind);
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
