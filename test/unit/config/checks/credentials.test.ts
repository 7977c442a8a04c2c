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

test("checks where people consent as every other address of an authorization server", () => {
  const endpoints = { authorization: "http://acme.example/authorize", token: "https://acme.example/token" };
  const acme = { provider: "person", label: "Acme", issuer: "https://acme.example", client_id: "gateway", endpoints };
  expect(found(checkCredentials, { credentials: { acme: { ...acme, ca: "none.pem" } } })).toEqual([
    "credentials.acme.endpoints.authorization (value): plain http beyond loopback lets others read secrets and tokens; use https, or say allow_insecure: true",
    "credentials.acme.ca (value): no such file: none.pem",
  ]);
});
