import { isByOwnPeople, nobody, peopleOf } from "../../../../gateway/provenance/learn/authors.ts";
import { digestKey } from "../../../../gateway/provenance/text/digest.ts";
import { Words } from "../../../../gateway/provenance/text/words/words.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";

const words = new Words(digestKey(Buffer.alloc(32, 7)));
const site = { inside: ["corp.example"], hostsOptIn: false, people: { chat: ["U0JOOST", "Ann  B"] } };
const own = peopleOf(site, "chat");

function by(record: JsonObject, names = ["author"]): boolean | null {
  return isByOwnPeople(record, names, own, words);
}

test("knows own people by a mail address inside the site, whatever name stands before it", () => {
  for (const author of ["ann@corp.example", "Ann <ann@sales.corp.example>", '"x" <ANN@CORP.EXAMPLE>'])
    expect([author, by({ author })]).toEqual([author, true]);
  for (const author of ["ann@evil.example", "ann@corp.example <eve@evil.example>", "ann@corp.example.evil.example"])
    expect([author, by({ author })]).toEqual([author, false]);
});

test("knows them by the names under which the server knows them, and those of no other server", () => {
  expect(by({ author: " u0joost " })).toBe(true);
  for (const author of ["U0JOOS", "U0JOOST U0EVE", "", "https://corp.example"])
    expect([author, by({ author })]).toEqual([author, false]);
  expect(isByOwnPeople({ author: "U0JOOST" }, ["author"], peopleOf(site, "forge"), words)).toBe(false);
  expect(isByOwnPeople({ author: "U0JOOST" }, ["author"], nobody, words)).toBe(false);
});

test("says nothing of a record that states no author, and no of one that states another, or none that is a text", () => {
  expect(by({ title: "x" })).toBeNull();
  expect(by({ author: null })).toBeNull();
  expect(by({ author: { name: "U0JOOST" } })).toBe(false);
  expect(by({ author: "U0JOOST", from: "eve@evil.example" }, ["author", "from"])).toBe(false);
  expect(by({ author: "U0JOOST", from: "ann@corp.example" }, ["author", "from"])).toBe(true);
});
