import { ownTools, readQuery, readWrapped } from "../../../../gateway/offer/search/own-tools.ts";
import type { McpMessage } from "../../../../gateway/domain/tool-call.ts";
import { route } from "../../../support/builders.ts";

const names = { searchAs: "search_tools", callAs: "call_tool" };

it("has fewer bytes than 2,000 as a list, and so fewer tokens, whatever the tokenizer", () => {
  const longest = { searchAs: "s".repeat(64), callAs: "c".repeat(64) };
  const mcp = { version: "2025-11-25" } as McpMessage;
  const list = JSON.stringify({ tools: ownTools(longest, route({ server: "v".repeat(64) }), mcp) });
  expect(Buffer.byteLength(list)).toBeLessThan(2_000);
});

it("says that a call may be a task only in the version that has such tasks, and where the gateway makes them", () => {
  const support = (version: string, tasks = true) =>
    ownTools(names, route({ hold: { ...route().hold, tasks } }), { version } as McpMessage).map(
      (tool) => tool["execution"],
    );
  expect(support("2025-11-25")).toEqual([undefined, { taskSupport: "optional" }]);
  expect(support("2026-07-28")).toEqual([undefined, undefined]);
  expect(support("2025-11-25", false)).toEqual([undefined, undefined]);
});

it.each<[string, object, unknown]>([
  ["with what is usual", { query: "pay" }, { text: "pay", limit: 8 }],
  ["for any tool", { query: "", limit: 25 }, { text: "", limit: 25 }],
  ["without words", {}, "query is not a text"],
  ["that is too long", { query: "a".repeat(501) }, "query has more than 500 characters"],
  ["for none", { query: "a", limit: 0 }, "limit is not a whole number from 1 to 25"],
  ["for half a tool", { query: "a", limit: 1.5 }, "limit is not a whole number from 1 to 25"],
  ["with something else", { query: "a", "b\n": 1 }, 'there is no "b\\n"'],
])("reads a search %s", (_, args, read) => {
  expect(readQuery(args as never)).toEqual(read);
});

it.each<[string, object, unknown]>([
  ["whole", { name: "pay", arguments: { a: 1 } }, { name: "pay", arguments: { a: 1 } }],
  ["without arguments", { name: "pay" }, { name: "pay" }],
  ["of itself", { name: "call_tool" }, "call_tool is called by its own name"],
  ["without a name", { arguments: {} }, "name is not a text"],
  ["with a list of arguments", { name: "pay", arguments: [] }, "arguments is not an object"],
])("reads a wrapped call %s", (_, args, read) => {
  expect(readWrapped(names, args as never)).toEqual(read);
});
