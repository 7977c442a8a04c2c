import { DecoyNames } from "../../../../gateway/act/hidden/decoy-name.ts";
import { renamed } from "../../../../gateway/domain/exchange.ts";
import { subject, toolCall } from "../../../support/builders.ts";

type Type = "tool" | "prompt" | "resource" | "resource_template";

const names = new DecoyNames(Buffer.from("a key of tests"));

function namesFor(resourceType: Type, name: string, id = "bot") {
  return names.of({ ...toolCall({}), resourceType, name }, subject({ id }));
}

const word = /x[0-9a-f]{24}/;

test.each<[Type, string, string, string]>([
  ["tool", "read_secret", "read_WORD", "WORD"],
  ["tool", "echo", "WORD", "WORD"],
  ["tool", "...", "WORD", ""],
  ["prompt", "the plan é", "the WORD é", "WORD"],
  ["resource", "crm://docs/secret.txt", "crm://docs/secret.WORD", "crm://WORD"],
  ["resource", "crm://docs/a%2Fb%20", "crm://docs/a%2FWORD%20", "crm://WORD"],
  ["resource", "urn:isbn:12", "urn:isbn:WORD", "urn:WORD"],
  ["resource_template", "crm://secret/{id}", "crm://WORD/{id}", "crm://WORD/{id}"],
  ["resource_template", "crm://{tenant}/{id}", "crm://WORD/{id}", ""],
])("%s %s", (type, name, ...expected) => {
  const found = namesFor(type, name);
  expect(found.map((one) => one.name.replace(word, "WORD"))).toEqual(expected.filter((one) => one !== ""));
  // Written back, it is the name that was asked for.
  for (const one of found) expect(writtenBack(one)).toBe(name);
});

function writtenBack({ name, renaming }: ReturnType<typeof namesFor>[number]): string {
  return Buffer.from(renamed(Buffer.from(name).toString("latin1"), renaming), "latin1").toString();
}

test("is the same for the same caller and item, and another one for anybody else", () => {
  const [mine, again, theirs, other] = [
    namesFor("tool", "a"),
    namesFor("tool", "a"),
    namesFor("tool", "a", "eve"),
    namesFor("prompt", "a"),
  ].map(([first]) => first?.name);
  expect(again).toBe(mine);
  expect(new Set([mine, theirs, other]).size).toBe(3);
});

test("is none that the reader of requests would refuse for its length", () => {
  expect(namesFor("tool", `${"a_".repeat(60)}b`).map(({ name }) => name.length)).toEqual([25]);
  expect(namesFor("resource", `crm://${"a/".repeat(1_015)}b`).every(({ name }) => name.length <= 2_048)).toBe(true);
});
