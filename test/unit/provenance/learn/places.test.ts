import type { ReturnsFact } from "../../../../gateway/domain/facts.ts";
import { found } from "../../../../gateway/provenance/learn/marks.ts";
import { markAt, placesBelow, placesOf } from "../../../../gateway/provenance/learn/places.ts";
import { untrusted } from "../../../support/provenance.ts";

function markOf(returns: ReturnsFact, path: readonly string[]): number {
  const { names, root } = placesOf(returns);
  let at = root ?? [];
  for (const step of path) at = placesBelow(at, step);
  return markAt(at) | (names.get(path.at(-1) ?? "") ?? 0);
}

test("marks members by name at any depth, and by place there alone", () => {
  const returns = { ...untrusted, trusted_fields: ["id", "/messages/*/from"], own_fields: ["/payees/*/iban", "id"] };
  expect(markOf(returns, ["a", "b", "id"])).toBe(found.field | found.own);
  expect(markOf(returns, ["messages", "0", "from"])).toBe(found.field);
  expect(markOf(returns, ["payees", "3", "iban"])).toBe(found.own);
  for (const path of [["from"], ["messages", "from"], ["messages", "0", "reply", "from"], ["payees", "iban"]])
    expect([path, markOf(returns, path)]).toEqual([path, 0]);
});

test("joins what several places say of one member, and reads escaped steps", () => {
  const returns = { ...untrusted, trusted_fields: ["/a/*/c", "/a/b/c", "/x~1y/~0"], own_fields: ["/*/b/c"] };
  expect(markOf(returns, ["a", "b", "c"])).toBe(found.field | found.own);
  expect(markOf(returns, ["a", "z", "c"])).toBe(found.field);
  expect(markOf(returns, ["x/y", "~"])).toBe(found.field);
});

test("has no places to follow where the catalog names none", () => {
  expect(placesOf({ ...untrusted, trusted_fields: ["id"] }).root).toBeNull();
  expect(placesBelow([], "a")).toEqual([]);
});
