/** The arguments of a call whose body is large are built when somebody reads them. */
import type { ToolCall } from "../../../gateway/domain/tool-call.ts";
import { route } from "../../support/builders.ts";
import { type Parser, startParser } from "../../support/parser.ts";

const openapi = {
  openapi: "3.1.0",
  info: { title: "payments", version: "1" },
  paths: { "/v1/orders/{order_id}": { post: { operationId: "change_order", responses: {} } } },
};
const accept = ["application/json", "application/x-www-form-urlencoded"];
const body = { ...route().body, accept };

let parser: Parser;
beforeAll(async () => {
  parser = await startParser([
    route({ openapi, body }),
    route({ id: "files", prefix: "/files", server: "files", body: { ...body, policy: "omit" } }),
  ]);
});
afterAll(() => parser.close());

const refunds = "/payments/v1/refunds";

async function callOf(content: string, target = refunds, type = "application/json"): Promise<ToolCall> {
  const { call } = await parser.ask({ target, headers: [`Content-Type: ${type}`], body: content });
  if (call === null) throw new Error("it was refused");
  return call;
}

/** An object of so many bytes; its text begins with `start`. */
function ofBytes(bytes: number, start = ""): string {
  const fill = bytes - Buffer.byteLength(`{"note":"${start}"}`);
  return `{"note":"${start}${"x".repeat(fill)}"}`;
}

const isPutOff = (call: ToolCall): boolean =>
  Object.getOwnPropertyDescriptor(call, "arguments")?.get !== undefined && call.argumentsRead?.isBuilt === false;

test("arguments of 4,095 bytes are there at once, as an ordinary member", async () => {
  const call = await callOf(ofBytes(4_095));
  expect(call.argumentsRead?.isBuilt).toBe(true);
  expect(Object.getOwnPropertyDescriptor(call, "arguments")).toMatchObject({ value: { note: "x".repeat(4_084) } });
});

test.each([
  ["4,096 bytes", ofBytes(4_096)],
  ["4,097 bytes", ofBytes(4_097)],
  ["4,096 bytes and fewer characters", ofBytes(4_096, "é".repeat(500))],
  [
    "4,096 bytes that are read otherwise than they are written",
    ofBytes(4_096, "\\u00e9 ").replace(":", " :").slice(0, -3) + '"}',
  ],
])("arguments of %s are built once, when somebody reads them", async (_what, content) => {
  expect(Buffer.byteLength(content)).toBeGreaterThanOrEqual(4_096);
  const call = await callOf(content);
  expect(isPutOff(call)).toBe(true);
  expect([Object.keys(call).includes("arguments"), call.argumentsRead?.isBuilt]).toEqual([true, false]);
  const { arguments: first } = call;
  expect([first, call.arguments === first, call.argumentsRead?.isBuilt]).toEqual([JSON.parse(content), true, true]);
});

const large = "x".repeat(5_000);

test.each([
  ["a query", "/payments/v1/refunds?a=1", ofBytes(5_000), "application/json", ["a", "note"]],
  ["parameters of the path", "/payments/v1/orders/881", ofBytes(5_000), "application/json", ["order_id", "note"]],
  ["a form", refunds, `note=${large}&a=1`, "application/x-www-form-urlencoded", ["note", "a"]],
  ["a list", refunds, `["${large}"]`, "application/json", ["body"]],
  ["a text", refunds, `"${large}"`, "application/json", ["body"]],
  ["a body that is not for policy", "/files/x?v=1", ofBytes(5_000), "application/json", ["v"]],
])("arguments of a large call with %s are there at once", async (_what, target, content, type, names) => {
  const call = await callOf(content, target, type);
  expect([call.argumentsRead, isPutOff(call), Object.keys(call.arguments)]).toEqual([null, false, names]);
});

test.each([
  ["", 0],
  [" \n\t\r", 0],
  [" \n", 5_000],
])(
  "what begins with %j is an object, a list or a text by its first character, in %i bytes more",
  async (space, fill) => {
    const x = "x".repeat(fill);
    const read = async (content: string) => {
      const { arguments: args, beside } = await callOf(space + content);
      return { args, beside };
    };
    expect(await read(`{"to":"ada${x}"}`)).toEqual({ args: { to: `ada${x}` }, beside: {} });
    const bare = { body: "not an object" };
    expect(await read(`["{}${x}"]`)).toEqual({ args: { body: [`{}${x}`] }, beside: bare });
    expect(await read(`"{}${x}"`)).toEqual({ args: { body: `{}${x}` }, beside: bare });
  },
);

test.each([
  ["a key that it has twice", `${ofBytes(5_000).slice(0, -1)},"note":1}`, "json_duplicate_key"],
  ["a control character", `{"note":"${large}\n"}`, "json_invalid"],
  ["something behind it", `${ofBytes(5_000)}]`, "json_invalid"],
])("a large body is refused for %s at its end, although nobody reads it", async (_what, content, code) => {
  const { call, refusal } = await parser.ask({
    target: refunds,
    headers: ["Content-Type: application/json"],
    body: content,
  });
  expect([call, refusal?.code]).toEqual([null, code]);
});
