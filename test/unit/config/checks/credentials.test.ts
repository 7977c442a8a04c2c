import { checkCredentials } from "../../../../gateway/config/checks/credentials.ts";
import { found } from "./found.ts";

const of = (crm: object): string[] => found(checkCredentials, { credentials: { crm: { value: "env:CRM", ...crm } } });

test.each([{}, { header: "X-Api-Key" }, { query: "key" }, { body: "/auth/key" }])("accepts one place: %j", (place) => {
  expect(of(place)).toEqual([]);
});

test("refuses a second place", () => {
  expect(of({ header: "x-key", query: "key", body: "/key" })).toEqual([
    "credentials.crm.query (key): a credential has one place; header is given already",
    "credentials.crm.body (key): a credential has one place; header is given already",
  ]);
});

test.each(["Host", "content-type", "Connection", "Sallyport-Subject", "Accept-Encoding"])(
  "refuses the header %s, which the gateway or the connection sets",
  (header) => {
    expect(of({ header })).toEqual([
      "credentials.crm.header (value): the gateway or the connection sets this header itself",
    ]);
  },
);

describe("an authorization server", () => {
  const client = { issuer: "https://idp.example", client_id: "gw", client_secret: "env:S" };
  const asked = (changes: object, folder?: string): string[] =>
    found(
      checkCredentials,
      { credentials: { crm: { provider: "client_credentials", ...client, ...changes } } },
      folder,
    );

  test.each([{}, { client_auth: "post" }, { client_auth: "signed", client_secret: undefined }])(
    "is accepted: %j",
    (changes) => {
      expect(asked(changes)).toEqual([]);
    },
  );

  test.each([
    [{ client_auth: "signed" }, "credentials.crm.client_secret (key): is not sent with client_auth: signed; remove it"],
    [
      { client_auth: "basic", client_secret: undefined },
      "credentials.crm.client_auth (value): basic sends client_secret, which is missing",
    ],
    [
      { issuer: "http://idp.example" },
      "credentials.crm.issuer (value): plain http beyond loopback lets others read secrets and tokens; use https, or say allow_insecure: true",
    ],
    [
      { endpoints: { token: "http://idp.example/token" } },
      "credentials.crm.endpoints.token (value): plain http beyond loopback lets others read secrets and tokens; use https, or say allow_insecure: true",
    ],
    [
      { issuer: "http://localhost:9" },
      "credentials.crm.issuer (value): localhost is a loopback address; say allow_addresses: [loopback] to allow it",
    ],
    [{ ca: "no.pem" }, "credentials.crm.ca (value): no such file: no.pem"],
  ])("is refused: %j", (changes, message) => {
    expect(asked(changes)).toEqual([message]);
  });

  test("is looked at in both places of an identity assertion grant", () => {
    const bad = { ...client, client_auth: "signed" };
    const chat = { provider: "id_jag", identity_provider: bad, authorization_server: bad };
    expect(found(checkCredentials, { credentials: { chat } })).toEqual([
      "credentials.chat.identity_provider.client_secret (key): is not sent with client_auth: signed; remove it",
      "credentials.chat.authorization_server.client_secret (key): is not sent with client_auth: signed; remove it",
    ]);
  });
});

test("checks where people consent as every other address of an authorization server", () => {
  const endpoints = { authorization: "http://acme.example/authorize", token: "https://acme.example/token" };
  const acme = { provider: "person", label: "Acme", issuer: "https://acme.example", client_id: "gateway", endpoints };
  expect(found(checkCredentials, { credentials: { acme: { ...acme, ca: "none.pem" } } })).toEqual([
    "credentials.acme.endpoints.authorization (value): plain http beyond loopback lets others read secrets and tokens; use https, or say allow_insecure: true",
    "credentials.acme.ca (value): no such file: none.pem",
  ]);
});
