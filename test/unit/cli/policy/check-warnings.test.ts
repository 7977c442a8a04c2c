import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeSmallPolicy } from "../../../support/bundles/small-policy.ts";
import { inProcess } from "../run.ts";

let folder: string;
const at = (name: string): string => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-unread-"));
  writeSmallPolicy(at("policy"));
  mkdirSync(at("more/team/lists"), { recursive: true });
  writeFileSync(at("more/team/lists/data.yaml"), "hosts: [a.example]\n");
});
afterEach(() => rmSync(folder, { recursive: true }));

async function warnings(...sources: string[]): Promise<readonly string[]> {
  const { code, stdout, stderr } = await inProcess(["policy", "check", ...sources, "--json"]);
  expect([code, stderr]).toEqual([0, ""]);
  return (JSON.parse(stdout) as { readonly warnings: readonly string[] }).warnings;
}

test("policy check names rules beside tests, in a policy of one folder and of several", async () => {
  writeFileSync(at("policy/authz_test.rego"), "package authz\n\nallow if false\n\ntest_it if not allow\n");
  expect(await warnings(at("policy"))).toEqual([expect.stringMatching(/^authz_test\.rego:3: allow is not part of/)]);
  expect(await warnings(at("policy"), at("more"))).toContainEqual(
    expect.stringMatching(/policy\/authz_test\.rego:3: allow is not part of/),
  );
});

test("policy check names data in a file with another name, and the name it needs", async () => {
  writeFileSync(at("policy/sallyport/limits/more.yaml"), "shop: {}\n");
  expect(await warnings(at("policy"))).toEqual([
    expect.stringMatching(/^sallyport\/limits\/more\.yaml:1: is not read: data lie in files named data\.yaml/),
  ]);
});

test("policy check names a constant that the input never has, with its line", async () => {
  const schema = readFileSync(new URL("../../../../rego/schemas/input.json", import.meta.url));
  mkdirSync(at("policy/schemas"));
  writeFileSync(at("policy/schemas/input.json"), schema);
  const redactions = 'redactions := [] if input.context.time.weekday == "Sun"\nelse := []\n';
  writeFileSync(at("policy/sallyport/answers/answers.rego"), `package sallyport.answers\n\n${redactions}`);
  expect(await warnings(at("policy"))).toEqual([
    expect.stringMatching(/answers\.rego:3: input\.context\.time\.weekday is never "Sun"/),
  ]);
});
