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
