import { judgedRefusal, unreadBesideStatus } from "../../../../gateway/act/results/refusal-body.ts";
import { Refusal } from "../../../../gateway/domain/errors.ts";
import type { McpMessage } from "../../../../gateway/domain/tool-call.ts";
import { resultWorld } from "./support/judge.ts";

const unreadable = new Refusal("result_unreadable", { detail: "no content type" });
const of = (kind: McpMessage["kind"], transportSession: string | null) => ({
  mcp: { kind, transportSession } as McpMessage,
});

test("a body that rules cannot read keeps no status from clients that go by it alone", () => {
  for (const kind of ["stream", "close", "notification"] as const)
    expect(unreadBesideStatus(unreadable, of(kind, "s"), { status: 405 })).toBe(unreadable);
  expect(unreadBesideStatus(unreadable, of("request", "s"), { status: 404 })).toBe(unreadable);
  expect(() => unreadBesideStatus(unreadable, of("request", null), { status: 404 })).toThrow(unreadable);
  expect(() => unreadBesideStatus(unreadable, of("request", "s"), { status: 500 })).toThrow(unreadable);
  const blocked = new Refusal("result_blocked");
  expect(() => unreadBesideStatus(blocked, of("stream", "s"), { status: 405 })).toThrow(blocked);
});

test("an error of the protocol is judged as one, and any other body as it is", async () => {
  const { judge, asked } = resultWorld();
  const call = { action: "tools/call" } as const;
  const error = Buffer.from('{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"m"}}');
  const head = { status: 400, type: "application/json" };
  expect(await judgedRefusal(judge(call), error, head)).toMatchObject({ isError: true, text: error.toString() });
  const page = Buffer.from("<p>no</p>");
  const html = { status: 500, type: "text/html" };
  expect(await judgedRefusal(judge(call), page, html)).toEqual({ isError: false, text: "<p>no</p>", written: page });
  expect(asked.map(({ context }) => context["result"])).toMatchObject([
    { content: { code: -1, message: "m" }, is_error: true },
    { content: "<p>no</p>", status: 500, is_error: true },
  ]);
});
