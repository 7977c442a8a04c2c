import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hookSteps } from "../../../../gateway/cli/connect/hook-steps.ts";
import { readConfig } from "../../../../gateway/config/read-config.ts";
import { configuredFolder } from "../configured-folder.ts";

let cwd: string;
const hook = {
  gateway: "http://127.0.0.1:8700",
  token: "env:SALLYPORT_HOOK_TOKEN",
  console: null,
  waitS: 45,
  server: "local",
  start: "sallyport",
};

beforeAll(() => (cwd = configuredFolder()));
afterAll(() => rmSync(cwd, { recursive: true }));

/** With these lines at the end of the configuration. */
function withConfig(more: string, token = hook.token, name = "more.yaml"): string {
  const file = join(cwd, name);
  writeFileSync(file, readFileSync(join(cwd, "sallyport.yaml"), "utf8") + more);
  return hookSteps({ ...hook, token }, readConfig(file, { secrets: false }), file).join("\n");
}

test("says which variable the hook needs, and how a token of the development issuer gets into it", () => {
  const steps = withConfig("authzen: { hooks: { issuers: [dev] } }\n");
  expect(steps).toContain("from the variable SALLYPORT_HOOK_TOKEN: set it before the client starts");
  expect(steps).toMatch(
    /export SALLYPORT_HOOK_TOKEN=\$\(.* token mint --issuer dev .* --audience http:\/\/127\.0\.0\.1:8700\/access\/v1\/self -c /,
  );
  expect(steps).toContain('ROLE: { local: { tools: { "*": true } } }');
});

test("says how people sign in where the gateway gives tokens", () => {
  const signIn = "authorization: {}\nlisteners: { console: { login: { users: [{ name: ana, roles: [support] }] } } }\n";
  expect(withConfig(`authzen: { hooks: {} }\n${signIn}`)).toMatch(
    /sallyport -- sign-in --gateway http:\/\/127\.0\.0\.1:8700, and then connect again with --token file:/,
  );
  expect(hookSteps(hook, null, "").join("\n")).toContain("Where the gateway is the authorization server: ");
});

test("says where a gateway answers no hooks that it does not, and how it does, beside what it has", () => {
  const closed = withConfig("");
  expect(closed).toContain("The gateway answers no hooks: until it does, every local call is blocked.");
  expect(closed).toContain("in the configuration: authzen: { hooks: { issuers: [dev] } }");
  expect(closed).not.toContain("sign-in");
  expect(withConfig("authzen: { issuers: [dev] }\n")).toContain("below authzen in the configuration: hooks: {");
});

test("advises nobody to sign in for a token in a file where the gateway gives none", () => {
  const steps = withConfig("authzen: { hooks: { issuers: [dev] } }\n", "file:/srv/none/hook.json");
  expect(steps).toContain("It is a token of dev, for the audience http://127.0.0.1:8700/access/v1/self, with");
  expect(steps).not.toContain("sign-in");
});

test("prints commands that a shell takes as they are meant", () => {
  const steps = withConfig("authzen: { hooks: { issuers: [dev] } }\n", hook.token, "my & more.yaml");
  expect(steps).toMatch(/ -c '[^']*\/my & more\.yaml'\)/);
  const [step] = hookSteps({ ...hook, token: "file:/srv/my keys/a&b.json" }, null, "");
  expect(step).toContain("--file '/srv/my keys/a&b.json' writes it");
});

test("says of a file whether it is there", () => {
  const dir = mkdtempSync(join(tmpdir(), "sallyport-steps-"));
  const file = join(dir, "hook.json");
  const step = () => hookSteps({ ...hook, token: `file:${file}` }, null, "")[0];
  expect(step()).toContain(`sign-in --gateway http://127.0.0.1:8700 --file ${file} writes it`);
  writeFileSync(file, "{}");
  expect(step()).toBe(`The hook reads its token from ${file}.`);
  rmSync(dir, { recursive: true });
});
