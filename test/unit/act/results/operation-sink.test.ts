import { ReceivedHead } from "../../../../gateway/act/forward/answer-head.ts";
import { ResultCapture } from "../../../../gateway/act/kept/kept-results.ts";
import type { AnswerJudge } from "../../../../gateway/act/results/answer-judge.ts";
import { OperationSink, type OperationSinkOptions } from "../../../../gateway/act/results/operation-sink.ts";
import type { Exchange } from "../../../../gateway/domain/exchange.ts";
import type { McpMessage } from "../../../../gateway/domain/tool-call.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";
import { route, toolCall } from "../../../support/builders.ts";

const operation = { message: Buffer.from("{}"), bodyIsWhole: false, promised: null };
const json = ["Content-Type", "application/json"];

async function answered(body: string, headers: readonly string[] = json, options: Partial<OperationSinkOptions> = {}) {
  let text = "";
  const call = toolCall({ mcp: { id: "a", era: "legacy" } as McpMessage, operation });
  const res = { headersSent: false, writeHead: () => res, end: (written: string) => void (text = written) };
  const exchange = { res, context: { call, route: route(), decisionId: "d" } } as unknown as Exchange;
  const sink = new OperationSink({ exchange, judge: null, capture: null, operation, ...options });
  sink.head(
    new ReceivedHead(
      200,
      headers.map((part) => Buffer.from(part)),
    ),
  );
  if (body !== "") sink.data(Buffer.from(body));
  await sink.end();
  return JSON.parse(text) as JsonObject & { result: { content: [{ text: string }]; structuredContent: unknown } };
}

const judging = (passed: (content: unknown) => unknown, maxBytes = 1_000) =>
  ({
    rules: { maxBytes, oversize: "block" },
    read: (body: Buffer) => ({ kind: "json", value: JSON.parse(body.toString()) as unknown }),
    judge: async ({ content }: { content: unknown }) => passed(content),
  }) as unknown as AnswerJudge;

it("answers the request of the tool with what the operation said", async () => {
  const answer = await answered('{"n":1.10}');
  expect(answer).toMatchObject({ jsonrpc: "2.0", id: "a", result: { isError: false, structuredContent: { n: 1.1 } } });
  expect(answer.result.content[0].text).toBe('{"n":1.10}');
});

it("passes what the rules of the operation leave of it, as text and as structured content", async () => {
  const judge = judging((content) => ({ ...(content as object), secret: "[redacted]" }));
  const capture = new ResultCapture({ mcp: null });
  const { result } = await answered('{"secret":"s","a":1}', json, { judge, capture });
  expect(result.structuredContent).toEqual({ secret: "[redacted]", a: 1 });
  expect(result.content[0].text).toBe('{"secret":"[redacted]","a":1}');
  expect(String((capture.result() as { body: Buffer }).body)).toBe('{"secret":"[redacted]","a":1}');
});

it("withholds what is too large to be judged, and what is encoded", async () => {
  await expect(answered('{"a":"long"}', json, { judge: judging((content) => content, 4) })).rejects.toMatchObject({
    code: "result_too_large",
  });
  await expect(answered("x", [...json, "Content-Encoding", "gzip"])).rejects.toMatchObject({
    code: "upstream_answer_refused",
  });
});

it("passes text, and says of JSON that is none that it cannot be passed on", async () => {
  expect((await answered("plain", ["Content-Type", "text/plain"])).result.content[0].text).toBe("plain");
  expect((await answered("{", json)).result.content[0].text).toContain("are not passed on");
});

it("lets its message be marked as given once more", async () => {
  expect(await answered("{}", json, { rewrite: (message) => ({ ...message, id: "b" }) })).toMatchObject({ id: "b" });
});
