import { nameSays, readName } from "../../../../gateway/provenance/text/member-names.ts";

const { id, record, own, data } = nameSays;

test.each([
  ["customer_id", id | own],
  ["subject", record | own],
  ["display_name", record | own],
  ["note", own],
  ["address1", own],
  ["sha256", own],
  ["note-48213", 0],
  ["DE89370400440532013000", 0],
  ["2026-05-04", 0],
  ["Please pay the invoice", data],
  ["bob@example.com", data],
  ["a".repeat(30), 0],
  ["x".repeat(100), 0],
])("says of the name %s the same each time that it is read", (name, says) => {
  expect([readName(name), readName(name)]).toEqual([says, says]);
});
