import pg from "pg";
import { bodyRefusal } from "../../../gateway/admin/read-request.ts";

test("takes a text that PostgreSQL cannot store for a mistake of whoever sent it", () => {
  const failure = new pg.DatabaseError('invalid byte sequence for encoding "UTF8": 0x00', 60, "error");
  failure.code = "22021";
  expect(bodyRefusal(failure)).toMatchObject({ code: "parameter_invalid", hint: "a text has a U+0000" });
  failure.code = "22001";
  expect(bodyRefusal(failure)).toBeNull();
});

test.each([
  ["entity.too.large", "body_too_large"],
  ["entity.parse.failed", "json_invalid"],
  ["charset.unsupported", "encoding_refused"],
  ["request.aborted", "body_incomplete"],
])("says of a body with the failure %s what is wrong with it", (type, code) => {
  expect(bodyRefusal(Object.assign(new Error(type), { type }))).toMatchObject({ code });
});

test.each([[new Error("any")], [null], ["text"]])("has nothing to say of %p", (thrown) => {
  expect(bodyRefusal(thrown)).toBeNull();
});
