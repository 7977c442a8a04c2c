import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "../../../gateway/config/read-config.ts";
import { claimName } from "../../../gateway/config/schema/values.ts";

const folder = mkdtempSync(join(tmpdir(), "sallyport-warnings-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("warns of what has no effect, with its place", () => {
  const file = join(folder, "sallyport.yaml");
  writeFileSync(join(folder, "keys.json"), '{"keys":[]}');
  writeFileSync(
    file,
    `version: 1
instance: gw
listeners: { agents: { port: 8700 }, console: { port: 8701, login: { users: [{ name: a, roles: [operator] }] } } }
issuers:
  - { id: dev, development: true }
  - { id: idp, issuer: "https://idp.example", jwks: { file: keys.json } }
routes:
  - { id: pay, prefix: /pay, protocol: http, server: pay, issuers: [dev], upstream: { origin: "https://pay.example" } }
policy: { sources: [library] }
tasks:
  issuers: [dev]
`,
  );
  const told: string[] = [];
  readConfig(file, { warn: (line) => void told.push(line) });
  expect(told).toEqual([
    `${file}:6:61 issuers[1].jwks.file: keys.json holds no key that verifies tokens: every token of this issuer is refused until it does`,
    `${file}:11:3 tasks.issuers: has no effect: tasks.clients, whose issuers these are, lists none`,
  ]);
});

test("takes names of claims and JSON pointers, and no pointer with another escape", () => {
  const good = ["roles", "https://corp.example/roles", "a~2", "/realm_access/roles", "/a~1b~0"];
  expect(good.filter((name) => claimName().safeParse(name).success)).toEqual(good);
  expect(
    claimName()
      .safeParse("/a~2")
      .error?.issues.map(({ message }) => message),
  ).toEqual(["begins with / and is no JSON pointer: ~0 and ~1 are its only escapes"]);
});
