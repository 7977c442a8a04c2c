import { isNameable, isStripped, operationUse } from "../../../gateway/domain/header-names.ts";

test.each("x-http-method-override x-method authorization x-user-id sallyport-subject host x-forwarded-for".split(" "))(
  "never forwards %s, whatever a route says",
  (name) => {
    expect([isStripped(name), operationUse(name), isNameable(name)]).toEqual([true, null, false]);
  },
);

test.each("x-amz-target soapaction accept x-dry-run api-version prefer user-agent".split(" "))(
  "lets a route name %s",
  (name) => {
    expect(isNameable(name)).toBe(true);
  },
);

test.each("mcp-method mcp-param-region mcp-session-id range if-range x_action".split(" "))(
  "lets no route name %s, which is not always sent as it came",
  (name) => {
    expect(isNameable(name)).toBe(false);
  },
);

test("takes no header of MCP for one that says what is executed: the gateway compares it with the body", () => {
  expect([operationUse("mcp-protocol-version"), operationUse("mcp-param-action")]).toEqual([null, null]);
});
