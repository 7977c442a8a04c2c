import { ResourceNames } from "../../../gateway/gather/resource-names.ts";

const resources = new Map([
  ["crm://report/today", 1],
  ["file:///Notes.md", 1],
]);
const templates = new Map([
  ["crm://ticket/{id}", 1],
  ["crm://ticket/{id}/comments{?page,size}", 1],
  ["files://{+path}.md", 1],
  ["crm://status", 1],
]);
const read = (uri: string) =>
  new ResourceNames().readBy(uri, resources, templates).map(({ kind, name }) => [kind, name]);
const ticket = ["resource_template", "crm://ticket/{id}"];
const comments = ["resource_template", "crm://ticket/{id}/comments{?page,size}"];

test.each([
  ["the resource of that name", "crm://report/today", [["resource", "crm://report/today"]]],
  ["a resource that a parser of URLs makes of it", "CRM://report/x/../today", [["resource", "crm://report/today"]]],
  ["a resource that differs in case or encoding", "file:///n%6ftes.md", [["resource", "file:///Notes.md"]]],
  ["the template that gives it", "crm://ticket/7", [ticket]],
  ["the template by another spelling of what is fixed", "crm://%74icket/7", [ticket]],
  ["an expression that is reserved", "files://a/b/c.md", [["resource_template", "files://{+path}.md"]]],
  ["each template that could", "crm://ticket/7/comments?page=2", [ticket, comments]],
  ["a template without an expression", "crm://status", [["resource_template", "crm://status"]]],
  ["an empty value", "crm://ticket/", [ticket]],
  ["what a path leads to in the end", "crm://x/../ticket/7", []],
  ["nothing for another start", "xcrm://ticket/7", []],
  ["nothing for another end", "files://a/b.txt", []],
  ["nothing where two fixed parts would share characters", "files://.m", []],
])("is read by %s", (_what, uri, expected) => {
  expect(read(uri)).toEqual(expected);
});

test("what is listed later is found", () => {
  const [names, listed] = [new ResourceNames(), new Map([["a://{x}", 1]])];
  expect(names.readBy("b://1", new Map(), listed)).toEqual([]);
  listed.set("b://{x}", 1);
  expect(names.readBy("b://1", new Map(), listed)).toEqual([{ kind: "resource_template", name: "b://{x}" }]);
});

test("many expressions cost no more than the text is long", () => {
  const template = `a://${"{x}a".repeat(200)}{x}`;
  const uri = `a://${"a".repeat(2_000)}`;
  expect(new ResourceNames().readBy(`${uri}!`, new Map(), new Map([[`${template}b`, 1]]))).toEqual([]);
  expect(new ResourceNames().readBy(uri, new Map(), new Map([[template, 1]]))).toHaveLength(1);
});
