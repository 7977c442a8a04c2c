import { allVisible } from "../../../support/all-visible.ts";
import { McpAnswers } from "../../../../gateway/act/results/mcp-answers.ts";
import { passMessage } from "../../../../gateway/act/results/pass-message.ts";
import type { EvaluatedCall } from "../../../../gateway/domain/exchange.ts";
import type { McpMessage, ToolQuery } from "../../../../gateway/domain/tool-call.ts";
import { evaluated, TestClock, toolCall } from "../../../support/builders.ts";
import { quiet } from "../../../support/quiet.ts";

const query: ToolQuery = { text: "pay", limit: 3 };

function call(id: number | null, kind: McpMessage["kind"], toolQuery?: ToolQuery): EvaluatedCall {
  const mcp = { era: "legacy", version: "2025-11-25", kind, id, transportSession: "s" } as McpMessage;
  const action = kind === "stream" ? "transport/stream" : "tools/list";
  return evaluated({ call: toolCall({ action, mcp, ...(toolQuery === undefined ? {} : { toolQuery }) }) });
}

const answers = () =>
  new McpAnswers(allVisible, {
    begun: {} as never,
    pages: {} as never,
    lists: {} as never,
    logger: quiet,
    clock: new TestClock(),
  });
const list = (id: number) => JSON.stringify({ jsonrpc: "2.0", id, result: { tools: [{ name: "a" }] } });
const progress = '{"jsonrpc":"2.0","method":"notifications/progress","params":{}}';

/** What a caller reads of messages, one after the other. */
async function read(all: McpAnswers, to: EvaluatedCall, texts: readonly string[], isSearch = true) {
  const filter = all.filter(to);
  const present = async (message: string, asked: ToolQuery | null) => `${asked?.text ?? "all"} of ${message.length}`;
  const readers = { judge: null, capture: null, present: isSearch ? present : null, requests: {} as never };
  const passed: (string | null)[] = [];
  for (const text of texts) passed.push(await passMessage(text, { filter, readers, status: 200 }));
  return passed;
}

it("puts what was looked for in the place of a list, and leaves what comes before it", async () => {
  const all = answers();
  expect(await read(all, call(1, "request", query), [progress, list(1)])).toEqual([
    progress,
    expect.stringMatching(/^pay of/),
  ]);
  expect(await read(all, call(1, "request"), [list(1)])).toEqual([expect.stringMatching(/^all of/)]);
  expect(await read(all, call(1, "request"), [list(1)], false)).toEqual([expect.stringContaining('"name":"a"')]);
});

it("knows on a stream that is taken up again which list was looked in for what", async () => {
  const all = answers();
  for (const request of [call(1, "request", query), call(2, "request")]) all.awaited.note(request);
  const [searched, listed, other] = await read(all, call(null, "stream"), [list(1), list(2), list(3)]);
  expect([searched, listed]).toEqual([expect.stringMatching(/^pay of/), expect.stringMatching(/^all of/)]);
  expect(other).toContain('"error"');
});
