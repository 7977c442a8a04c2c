import { AlikeNames } from "../../../gateway/gather/alike-names.ts";

const named = (...names: string[]) =>
  names.map((name) => {
    const [server = "", after = ""] = name.split("/");
    return { server, kind: "tool" as const, name: after };
  });

test.each([
  ["case", "crm/send_mail", "crm/Send_Mail"],
  ["a letter of another script", "crm/send_mail", "mail/send_m\u0430il"],
  ["an invisible character", "crm/send", "mail/se\u200bnd"],
  ["a form of Unicode", "crm/send", "crm/\uff53end"],
])("finds two names that differ in %s", (_what, one, other) => {
  const [first, second] = named(one, other);
  const alike = new AlikeNames(named(one, other, "crm/other"));
  expect(alike.groups("tool")).toEqual([[one, other]]);
  expect([alike.of(first!), alike.of(second!)]).toEqual([[other], [one]]);
});

test("finds nothing in one name on two servers, nor in names that look different", () => {
  const names = named("crm/search", "mail/search", "crm/search2", "crm/sea_rch");
  const alike = new AlikeNames(names);
  expect([alike.groups("tool"), ...names.map((name) => alike.of(name))]).toEqual([[], [], [], [], []]);
});

test("does not compare a prompt with a tool", () => {
  const [tool, prompt] = named("crm/search", "crm/Search");
  const alike = new AlikeNames([tool!, { ...prompt!, kind: "prompt" }]);
  expect([alike.groups("tool"), alike.groups("prompt"), alike.of(tool!)]).toEqual([[], [], []]);
});

test("names every server that has a name of the group", () => {
  const alike = new AlikeNames(named("crm/search", "mail/search", "files/Search"));
  expect(alike.groups("tool")).toEqual([["crm/search", "mail/search", "files/Search"]]);
  expect(alike.of(named("crm/search")[0]!)).toEqual(["files/Search"]);
});
