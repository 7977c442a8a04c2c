import { route } from "../../support/builders.ts";
import { type Parser, startParser } from "../../support/parser.ts";

let parser: Parser;
beforeAll(async () => {
  const body = { ...route().body, policy: "omit" as const, accept: ["multipart/form-data"] };
  parser = await startParser([route({ id: "uploads", prefix: "/uploads", server: "uploads", body })]);
});
afterAll(() => parser.close());

test.each([
  [
    "multipart/form-data; boundary=----WebKitFormBoundaryA1b2",
    "multipart/form-data; boundary=----WebKitFormBoundaryA1b2",
  ],
  ['Multipart/Form-Data;boundary="----A.b"', 'multipart/form-data; boundary="----A.b"'],
])("forwards a multipart body unread where the route lists it, under the type %s", async (type, sent) => {
  const { call } = await parser.ask({ target: "/uploads/x", headers: [`Content-Type: ${type}`], body: "------" });
  expect(call).toMatchObject({ arguments: {}, argumentsOmitted: true, request: { contentType: sent } });
});

test.each([
  "multipart/form-data",
  "multipart/form-data; boundary=",
  "multipart/form-data; boundary=a; boundary=b",
  "multipart/form-data; boundary=a; charset=utf-8",
  'multipart/form-data; boundary="a b"',
  "multipart/form-data; boundary=a b",
  `multipart/form-data; boundary=${"a".repeat(71)}`,
  "multipart/mixed; boundary=a",
])("refuses the type %s where multipart/form-data is listed", async (type) => {
  const { refusal } = await parser.ask({ target: "/uploads/x", headers: [`Content-Type: ${type}`], body: "--a--" });
  expect(refusal?.code).toBe("type_refused");
});

test("tells the caller of a compressed body what to do", async () => {
  const headers = ["Content-Type: application/json", "Content-Encoding: gzip"];
  const { refusal } = await parser.ask({ target: "/uploads/x", headers, body: "{}" });
  expect(refusal?.status).toBe(415);
  expect(refusal?.sentence).toContain("send it as it is, without Content-Encoding");
  expect(refusal?.headers).toEqual({ "Accept-Encoding": "identity" });
});
