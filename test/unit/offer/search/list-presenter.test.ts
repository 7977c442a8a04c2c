import type { ListOnItsWay } from "../../../../gateway/domain/ports.ts";
import type { McpMessage, ToolQuery } from "../../../../gateway/domain/tool-call.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";
import { ToolSearches } from "../../../../gateway/offer/search/list-presenter.ts";
import { evaluated, route, toolCall } from "../../../support/builders.ts";

const mcp = { version: "2026-07-28" } as McpMessage;
const toolSearch = { searchAs: "search_tools", callAs: "call_tool" };
const hidden = "secret";
const pages: Record<string, JsonObject> = {
  p2: { tools: [{ name: "two" }, { name: hidden }, { name: "call_tool" }], nextCursor: "p3" },
  p3: { tools: [{ name: "three", description: "third", outputSchema: {} }] },
  again: { tools: [], nextCursor: "again" },
};

function searches(next: (cursor: string) => JsonObject = (cursor) => pages[cursor] ?? {}) {
  const asked: string[] = [];
  const presenter = new ToolSearches({
    visibility: { ofListed: async (_evaluated, _listing, tools) => tools.filter(({ name }) => name !== hidden) },
    nextPage: async (_list, cursor) => {
      asked.push(cursor);
      return next(cursor);
    },
  });
  const present = async (result: JsonObject, query: ToolQuery | null, changes: object = { toolSearch }) => {
    const call = toolCall({ mcp, route: route({ id: "crm", ...changes }) });
    const list = { evaluated: evaluated({ call }), query } as ListOnItsWay;
    return JSON.parse(await presenter.present(list, JSON.stringify({ jsonrpc: "2.0", id: 0, result }))) as {
      result: JsonObject & { content: [{ text: string }] };
    };
  };
  return { asked, presenter, present };
}

const first = { resultType: "complete", tools: [{ name: "one" }], nextCursor: "p2", ttlMs: 0, cacheScope: "private" };

it("shows two tools in the place of a list, and asks for no further page", async () => {
  const { asked, present } = searches();
  const { result } = await present(first, null);
  expect(result).toEqual({
    resultType: "complete",
    ttlMs: 0,
    cacheScope: "private",
    tools: [expect.objectContaining({ name: "search_tools" }), expect.objectContaining({ name: "call_tool" })],
  });
  expect(asked).toEqual([]);
});

it("answers a search with a tool's result, from every page and for its caller alone", async () => {
  const { asked, present } = searches();
  const { result } = await present(first, { text: "", limit: 2 });
  expect(Object.keys(result)).toEqual(["resultType", "content"]);
  const told = JSON.parse(result.content[0].text) as unknown;
  expect(told).toEqual({
    tools: [
      { name: "one", inputSchema: {} },
      { name: "two", inputSchema: {} },
    ],
    more: 1,
  });
  expect(asked).toEqual(["p2", "p3"]);
  const third = await present(first, { text: "third", limit: 2 });
  expect(third.result.content[0].text).toBe('{"tools":[{"name":"three","description":"third","inputSchema":{}}]}');
});

it("tells operators of a tool that cannot be reached, until it has gone", async () => {
  const { presenter, present } = searches();
  expect(presenter.findings()).toEqual([]);
  await present(first, { text: "", limit: 1 });
  expect(presenter.findings()).toEqual([
    expect.objectContaining({ problem: expect.stringContaining("call_tool on the route crm") }),
  ]);
  await present({ tools: [] }, { text: "", limit: 1 });
  expect(presenter.findings()).toEqual([]);
});

it("refuses a list that does not end", async () => {
  const { asked, present } = searches();
  await expect(present({ tools: [], nextCursor: "again" }, { text: "", limit: 1 })).rejects.toMatchObject({
    code: "upstream_list_malformed",
  });
  expect(asked).toEqual(["again"]);
  let page = 0;
  const endless = searches(() => ({ tools: [], nextCursor: `n${(page += 1)}` }));
  await expect(endless.present({ tools: [], nextCursor: "n0" }, { text: "", limit: 1 })).rejects.toMatchObject({
    code: "upstream_list_malformed",
  });
  expect(endless.asked).toHaveLength(49);
});

it("leaves errors, other messages and other routes as they are", async () => {
  const { present, presenter } = searches();
  expect((await present({ tools: [] }, null, { toolSearch: null })).result).toEqual({ tools: [] });
  const list = { evaluated: evaluated({ call: toolCall({ mcp, route: route({ toolSearch }) }) }), query: null };
  const error = '{"jsonrpc":"2.0","id":0,"error":{"code":1,"message":"no"}}';
  expect(await presenter.present(list as unknown as ListOnItsWay, error)).toBe(error);
});
