import { argumentPlace } from "../../../../gateway/act/redaction/argument-place.ts";
import { digested, type McpMessage } from "../../../../gateway/domain/tool-call.ts";
import { toolCall } from "../../../support/builders.ts";

/** A call of an HTTP operation that came as a call of an MCP tool. */
function place(args: string, sent: string, bodyIsWhole: boolean) {
  const message = Buffer.from(
    `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":${args}}}`,
  );
  const body = Buffer.from(sent);
  const request = { ...toolCall().request, ...digested("POST", "/a", "application/json", body), body };
  const operation = { message, bodyIsWhole, promised: null };
  const call = toolCall({
    request,
    operation,
    mcp: {} as McpMessage,
    arguments: { id: "i", ...(JSON.parse(sent) as object) },
  });
  return argumentPlace(call);
}

const changed = (text: unknown) => (JSON.parse(JSON.stringify(text)) as { params: unknown }).params;

it("finds arguments of an operation in the body that is sent, and changes the message that it is made of", () => {
  const { inBody, elsewhere, bodyWith } = place('{"id":"i","mail":"a@b","n":1.10}', '{"mail":"a@b","n":1.10}', false);
  expect([JSON.stringify(inBody), elsewhere]).toEqual(['{"mail":"a@b","n":1.10}', { id: "i" }]);
  expect(changed(bodyWith({ mail: "x" }))).toEqual({ name: "t", arguments: { id: "i", mail: "x" } });
});

it("does the same where the body is one argument", () => {
  const whole = place('{"id":"i","body":{"mail":"a@b"}}', '{"mail":"a@b"}', true);
  expect(changed(whole.bodyWith({ mail: "x" }))).toEqual({ name: "t", arguments: { id: "i", body: { mail: "x" } } });
  const bare = place('{"body":["a@b"]}', '["a@b"]', true);
  expect(changed(bare.bodyWith({ body: ["x"] }))).toEqual({ name: "t", arguments: { body: ["x"] } });
});
