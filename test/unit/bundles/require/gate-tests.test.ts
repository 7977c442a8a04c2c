import { execFileSync } from "node:child_process";
import type { GateDeps } from "../../../../gateway/bundles/require/gate.ts";
import { opa } from "../../decide/support/compile-rego.ts";
import { candidate, gate, refusal, test1 } from "./support/made-gate.ts";

test("tests that fail are named, and so is a policy without any; the first policy of all is tested too", async () => {
  const asked = gate({ required: { tests: true }, active: () => null });
  const failing = "package b_test\n\ntest_never if 1 == 2\n\ntest_always if true\n";
  expect(await refusal(asked.admit(candidate([test1, failing])))).toEqual({
    again: false,
    lines: ["policy.require.tests: 1 of 3 tests failed", "a/a1_test.rego:3: data.b_test.test_never failed"],
  });
  expect(await refusal(asked.admit(candidate([])))).toEqual({
    again: false,
    lines: ["policy.require.tests: the policy has no tests of its own"],
  });
  expect((await refusal(asked.admit({ ...candidate(), sources: null }))).lines[0]).toContain("no tests of its own");
  expect(await asked.admit(candidate())).toBeNull();
});

test("tests that do not compile, and an opa that is not there, are no tests that passed", async () => {
  const broken = await refusal(
    gate({ required: { tests: true } }).admit(candidate(["package a_test\n\ntest_x if {\n"])),
  );
  expect([broken.again, broken.lines[0]]).toEqual([false, expect.stringMatching(/^a\/a0_test\.rego:\d+: /)]);
  const gone = gate({ required: { tests: true }, opa: { path: "/no/opa" } });
  expect(await refusal(gone.admit(candidate()))).toEqual({
    again: true,
    lines: [expect.stringContaining("policy.require.tests could not be checked: the opa command could not be run")],
  });
});

test("the coverage is of the lines of rules alone, and names what no test reaches", async () => {
  const low = await refusal(gate({ required: { coverage: 51 } }).admit(candidate()));
  expect(low.lines).toEqual([
    "policy.require.coverage: the tests reach 50 % of the lines of its rules, and 51 % are required",
    "  a/a.rego: no test reaches line 5",
  ]);
  expect(await gate({ required: { coverage: 50 } }).admit(candidate())).toBeNull();
});

test("a coverage of which no line is counted is not fulfilled", async () => {
  const list: GateDeps["sources"]["list"] = [
    { kind: "library", path: "/library" },
    { kind: "folder", path: "/policy" },
  ];
  expect((await refusal(gate({ required: { coverage: 1 }, sources: { list } }).admit(candidate()))).lines).toEqual([
    "policy.require.coverage: no line of rules is counted, so that no test can reach one",
  ]);
});

test.each([
  'http.send({"method": "get", "url": "http://127.0.0.1"})',
  "opa.runtime().env",
  'net.lookup_ip_addr("a.test")',
])("tests of an edit do not compile with %s, whatever capabilities the edit has", async (call) => {
  const text = `package c_test\n\ntest_one if ${call} != {}\n`;
  const edit = candidate([text]);
  const all = execFileSync(opa, ["capabilities", "--current"], { maxBuffer: 1 << 26 });
  const files = [...(edit.sources?.files ?? []), { path: "capabilities.json", bytes: all }];
  const { again, lines } = await refusal(
    gate({ required: { tests: true } }).admit({ ...edit, sources: { revision: "r2-0000000", files } }),
  );
  expect([again, lines[0]]).toEqual([false, expect.stringMatching(/^a\/a0_test\.rego:3: .*undefined function/)]);
});
