import { spoofingNames } from "../../verify/headers/names.ts";
import { choosesAccount, isNameable, isStripped, operationUse } from "../../../gateway/domain/header-names.ts";

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

test.each(
  (
    "stripe-account x-tenant-id x-org-id x-account-id x-customer-id x-workspace-id openai-organization openai-project xero-tenant-id " +
    "orgid x-team-id x-company-id login-customer-id linked-customer-id x-tenant-name account x-merchant-id harvest-account-id " +
    "x-project-key x-workspace-key x-organization-uid x-team-owner x-accountid-key x-company-access"
  ).split(" "),
)("%s chooses the account: it is refused where no route names it, and a route may name it", (name) => {
  expect([choosesAccount(name), operationUse(name), isNameable(name), isStripped(name)]).toEqual([
    true,
    "refuse",
    true,
    false,
  ]);
});

test.each(
  (
    "x-auth-tenant x-forwarded-org x-remote-account x-user-account-id x-account-email x-account-role x-scope-orgid x-account-token " +
    "x-original-tenant x-client-account x-consumer-id x-authenticated-account x-login-account x-session-tenant x-verified-org " +
    "x-account-name x-account-type x-customer-tier x-account-key x-member-org x-goog-user-project x-agent-tenant x-amzn-oidc-account " +
    "x-sso-org x-tenant-claims x-hasura-org-id cf-account-id x-ms-client-principal-tenant x-user x-remote-user x-real-ip"
  ).split(" "),
)("%s says, to some proxy or framework, who the caller is: dropped, and no route can name it", (name) => {
  expect([choosesAccount(name), operationUse(name), isNameable(name), isStripped(name)]).toEqual([
    false,
    null,
    false,
    true,
  ]);
});

test.each(["x-accounting", "x-organic"])("takes %s for no choice of an account", (name) => {
  expect([choosesAccount(name), operationUse(name), isStripped(name)]).toEqual([false, null, false]);
});

test("says of every name by which a proxy or cloud tells who calls that no route can name it, but for plain names of accounts", () => {
  const plain = "x-tenant-id x-tenant x-org-id x-account-id x-customer-id".split(" ");
  const others = spoofingNames.filter((name) => !plain.includes(name));
  expect(others.filter((name) => isNameable(name))).toEqual([]);
});
