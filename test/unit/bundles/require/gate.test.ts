import { execFileSync } from "node:child_process";
import { ActivationGate, type GateCandidate, type GateDeps } from "../../../../gateway/bundles/require/gate.ts";
import type { ReplayReport } from "../../../../gateway/domain/policy-change.ts";
import type { ApprovedChange, ChangeQuestion, PolicyChanges, PolicyName } from "../../../../gateway/domain/ports.ts";
import type { PolicyRequirements } from "../../../../gateway/domain/settings.ts";
import { quiet } from "../../../support/quiet.ts";
import { opa } from "../../decide/support/compile-rego.ts";

const before: PolicyName = { revision: "r1-0000000", digest: "sha256:1" };
const rule = "package a\n\nallow if input.x == 1\n\nallow if input.y == 2\n";
const test1 = 'package a_test\n\nimport data.a\n\ntest_one if a.allow with input as {"x": 1}\n';
const file = (path: string, text: string) => ({ path, bytes: Buffer.from(text) });

function candidate(tests: readonly string[] = [test1]): GateCandidate {
  return {
    ...{ revision: "r2-0000000", digest: "sha256:2", archive: "/nowhere" },
    sources: { revision: "r2-0000000", files: [file("a/a.rego", rule)] },
    tests: tests.map((text, index) => file(`a/a${index}_test.rego`, text)),
  };
}

const same: ReplayReport = {
  ...{ decisions: 10, compared: 10, same: 10, changed: 0, widened: 0, kinds: [], asRecorded: [] },
  notCompared: { total: 0, gateway: 0, noInput: 0, places: [] },
};
const said = (effect: string, code: string) => ({ effect, reasons: [{ code, rule: "a/b" }] });
const change = { kind: "deny→allow", widens: true };
const example = { of: "d_1", at: null, tool: "crm/find", subject: "secret-bot", change };
const widened: ReplayReport = {
  ...{ ...same, same: 9, changed: 1, widened: 1 },
  kinds: [
    {
      ...{ ...change, count: 1, tools: [], subjects: [] },
      examples: [{ ...example, before: said("deny", "NOT_HERE"), after: said("allow", "HERE") }],
    },
  ],
};

const nothing: PolicyRequirements = { tests: false, coverage: null, impact: null, approval: null };
const impact = { last: 10, comparedPercent: 90, timeoutMs: 1_000 };
const approval = { role: "security", count: 1, when: "always", withinMs: 60_000 } as const;

interface Fakes extends Partial<GateDeps> {
  readonly required: Partial<PolicyRequirements>;
  readonly report?: ReplayReport | Error;
}

function gate({ required, report = same, ...deps }: Fakes): ActivationGate {
  const requirements = { ...nothing, ...required };
  return new ActivationGate({
    ...{ requirements, opa, sources: [{ kind: "folder", path: "/policy" }], logger: quiet, changes: null },
    measureImpact: requirements.impact === null ? null : async () => answerOf(report),
    active: () => before,
    archiveOf: (digest) => `/kept/${digest}`,
    isUsed: () => false,
    judged: { last: () => Promise.resolve(null), note: () => Promise.reject(new Error("the gate notes nothing")) },
    ...deps,
  });
}

function answerOf(report: ReplayReport | Error): ReplayReport {
  if (report instanceof Error) throw report;
  return report;
}

/** Why it does not become active: whether it is tried again, and the lines. */
async function refusal(admitted: Promise<unknown>): Promise<{ readonly again: boolean; readonly lines: string[] }> {
  const failure = await admitted.then(
    () => null,
    (error: unknown) => error as Error & { readonly stage: string },
  );
  expect(failure?.stage).toBe("require");
  return { again: failure?.name === "TransientFailure", lines: failure?.message.split("\n") ?? [] };
}

const who = { account: "id-olga", name: "olga", also: [] };

test("what judged before becomes active again without being asked anything", async () => {
  const asked = gate({ required: { tests: true, impact, approval }, changes: noChanges() });
  expect(await asked.admit({ ...candidate([]), digest: before.digest })).toBeNull();
});

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
  const sources: GateDeps["sources"] = [
    { kind: "library", path: "/library" },
    { kind: "folder", path: "/policy" },
  ];
  expect((await refusal(gate({ required: { coverage: 1 }, sources }).admit(candidate()))).lines).toEqual([
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

test("a widening waits, with its numbers and without who called, and becomes active when a person accepts it", async () => {
  const asked = gate({ required: { impact }, report: widened });
  const { again, lines } = await refusal(asked.admit(candidate()));
  expect(again).toBe(false);
  expect(lines).toEqual([
    "policy.require.impact: it lets something through that the active policy does not",
    "of 10 recorded decisions 10 were compared with revision r1-0000000: 1 change, 1 of them widen",
    "d_1 deny→allow crm/find: was deny NOT_HERE, is allow HERE",
    "accept it with `sallyport policy accept r2-0000000`, or mend the edit",
  ]);
  expect(asked.waiting).toMatchObject({ ...{ revision: "r2-0000000", why: "widened", before }, impact: widened });
  await expect(asked.accept({ revision: "r3-0000000", by: who, reason: null })).rejects.toMatchObject({
    code: "policy_change_unknown",
  });
  await expect(asked.accept({ revision: "r2", by: who, reason: null })).rejects.toMatchObject({
    code: "policy_change_unknown",
  });
  expect(await asked.accept({ revision: "r2-00000", by: who, reason: "meant" })).toBeNull();
  expect(await asked.admit(candidate())).toMatchObject({ by: "olga", reason: "meant" });
  expect(asked.waiting).toBeNull();
});

describe("a gateway without a history, of a store where another policy judged last", () => {
  const judged = (last: PolicyName | Error) => ({
    last: () => (last instanceof Error ? Promise.reject(last) : Promise.resolve(last)),
    note: () => Promise.resolve(),
  });
  const elsewhere = { revision: "r0", digest: "sha256:0" };
  const fresh = (more: Fakes) => gate({ active: () => null, report: new Error("not asked"), ...more });

  it("waits for a person, who accepts it in the place of that one", async () => {
    const asked = fresh({ required: { impact }, judged: judged(elsewhere) });
    expect((await refusal(asked.admit(candidate()))).lines).toEqual([
      "policy.require.impact: of too few recorded decisions it is known what it would change",
      "revision r0 judged last on a gateway of this store, and is not here to compare with",
      "accept it with `sallyport policy accept r2-0000000`, or mend the edit",
    ]);
    expect(asked.waiting).toMatchObject({ why: "unknown", before: elsewhere, impact: null });
    await asked.accept({ revision: "r2-0000000", by: who, reason: null });
    expect(await asked.admit(candidate())).toMatchObject({ by: "olga" });
  });

  it("waits for an approval of that change", async () => {
    const asked = fresh({ required: { approval }, changes: noChanges(), judged: judged(elsewhere) });
    expect((await refusal(asked.admit(candidate()))).lines[0]).toContain("people have to approve every change");
    expect(asked.waiting).toMatchObject({ before: elsewhere });
  });

  it("takes that one as it is, and nothing while the store cannot be asked", async () => {
    const required = { tests: true, impact, approval };
    const one = fresh({ required, changes: noChanges(), judged: judged({ revision: "r2", digest: "sha256:2" }) });
    expect(await one.admit(candidate([]))).toBeNull();
    const asked = fresh({ required: { impact }, judged: judged(new Error("locked")) });
    expect(await refusal(asked.admit(candidate()))).toEqual({
      again: true,
      lines: ["policy.require.impact could not be checked: locked"],
    });
  });
});

test("a policy that was gone back to meanwhile is no policy that the edit was compared with", async () => {
  let active = before;
  const measureImpact = () => {
    active = { revision: "r0", digest: "sha256:0" };
    return Promise.resolve(same);
  };
  const asked = gate({ required: { impact }, active: () => active, measureImpact });
  expect(await refusal(asked.admit(candidate()))).toEqual({
    again: true,
    lines: ["policy.require: revision r0 judges since the edit was compared with another one"],
  });
  active = before;
  const approving = gate({
    ...{ required: { approval }, active: () => active },
    changes: noChanges({
      approved: async () => {
        active = { revision: "r0", digest: "sha256:0" };
        return { by: "olga", reason: "meant", approval: "a_1" };
      },
    }),
  });
  expect((await refusal(approving.admit(candidate()))).again).toBe(true);
});

test("names in examples cannot draw lines of their own", async () => {
  const [kind] = widened.kinds;
  const report = { ...widened, kinds: [{ ...kind!, examples: [{ ...kind!.examples[0]!, tool: "crm\nall is well" }] }] };
  const { lines } = await refusal(gate({ required: { impact }, report }).admit(candidate()));
  expect([lines.length, lines[2]]).toEqual([4, expect.stringContaining("crm⟦U+000A⟧all is well")]);
});

test("an acceptance counts once, and not any more after another edit or when the edit was taken back", async () => {
  const asked = gate({ required: { impact }, report: widened });
  const accepted = async () => {
    await refusal(asked.admit(candidate()));
    await asked.accept({ revision: "r2-0000000", by: who, reason: null });
  };
  await accepted();
  expect(await asked.admit(candidate())).toMatchObject({ by: "olga" });
  await refusal(asked.admit(candidate()));
  await accepted();
  await asked.settle(before);
  await refusal(asked.admit(candidate()));
  await accepted();
  await refusal(asked.admit({ ...candidate(), digest: "sha256:3" }));
  await refusal(asked.admit(candidate()));
});

test("what was accepted is that archive in the place of that policy, and no other", async () => {
  let active = before;
  const asked = gate({ required: { impact }, report: widened, active: () => active });
  await refusal(asked.admit(candidate()));
  await asked.accept({ revision: "r2-0000000", by: who, reason: null });
  await refusal(asked.admit({ ...candidate(), digest: "sha256:3" }));
  active = { revision: "r0", digest: "sha256:0" };
  await refusal(asked.admit(candidate()));
});

test.each([
  ["none was compared", { ...same, decisions: 0, compared: 0, same: 0 }],
  ["too few were", { ...same, decisions: 20, compared: 17, notCompared: { ...same.notCompared, total: 3 } }],
])("an impact of which too little is known waits too: %s", async (_why, report) => {
  const asked = gate({ required: { impact }, report });
  expect((await refusal(asked.admit(candidate()))).lines[0]).toBe(
    "policy.require.impact: of too few recorded decisions it is known what it would change",
  );
  expect(asked.waiting?.why).toBe("unknown");
});

test("what the gateway refused by itself counts for nothing", async () => {
  const report = { ...same, decisions: 100, notCompared: { ...same.notCompared, total: 90, gateway: 90 } };
  expect(await gate({ required: { impact }, report }).admit(candidate())).toBeNull();
});

test("an impact that cannot be measured is a failure that is tried again, and nothing to accept", async () => {
  const asked = gate({ required: { impact }, report: new Error("no log") });
  expect(await refusal(asked.admit(candidate()))).toEqual({
    again: true,
    lines: ["policy.require.impact could not be checked: no log"],
  });
  expect(asked.waiting).toBeNull();
});

/** Answers as if nobody had been asked, unless said otherwise. */
function noChanges(given: Partial<PolicyChanges> = {}): PolicyChanges {
  return {
    ask: () => Promise.resolve(question),
    approved: () => Promise.resolve(null),
    question: () => Promise.resolve(null),
    supersede: () => Promise.resolve(),
    watch: () => () => undefined,
    ...given,
  };
}

const question: ChangeQuestion = { id: "a_1", state: "held", by: "olga", reason: null };

test("a change that people have to approve is asked for by a person, and active by the word of others", async () => {
  const approved: ApprovedChange[] = [];
  const asked = gate({ required: { approval }, changes: noChanges({ approved: async () => approved[0] ?? null }) });
  expect((await refusal(asked.admit(candidate()))).lines).toEqual([
    "policy.require.approval: people have to approve every change of the policy",
    "ask for the approval of somebody with the role security with `sallyport policy accept r2-0000000`",
  ]);
  expect(await asked.accept({ revision: "r2-0000000", by: who, reason: null })).toEqual(question);
  expect(asked.waiting?.question).toEqual(question);
  await refusal(asked.admit(candidate()));
  approved.push({ by: "olga", reason: "approved by paul (a_1)", approval: "a_1" });
  expect(await asked.admit(candidate())).toEqual(approved[0]);
});

test("says whom a question waits for, and that it was denied", async () => {
  const linesOf = async (one: ChangeQuestion) => {
    const changes = noChanges({ question: async () => one });
    return (await refusal(gate({ required: { approval }, changes }).admit(candidate()))).lines[1];
  };
  expect(await linesOf(question)).toBe("it waits in a_1 for the approval of somebody with the role security");
  expect(await linesOf({ ...question, state: "denied", reason: "too wide" })).toBe("it was denied in a_1");
});

test("only what widens needs an approval where that is said, and one person is not enough for it", async () => {
  const required = { impact, approval: { ...approval, when: "widening" } } as const;
  expect(await gate({ required, changes: noChanges() }).admit(candidate())).toBeNull();
  const asked = gate({ required, report: widened, changes: noChanges() });
  expect((await refusal(asked.admit(candidate()))).lines.at(-1)).toContain("ask for the approval of");
  await asked.accept({ revision: "r2-0000000", by: who, reason: null });
  await refusal(asked.admit(candidate()));
});

test("a store that cannot be asked is a failure that is tried again", async () => {
  const changes = noChanges({ approved: () => Promise.reject(new Error("locked")) });
  expect(await refusal(gate({ required: { approval }, changes }).admit(candidate()))).toEqual({
    again: true,
    lines: ["policy.require.approval could not be checked: locked"],
  });
});

test("questions about what the sources hold no more are ended", async () => {
  const kept: string[] = [];
  const changes = noChanges({ supersede: async (digest) => void kept.push(digest) });
  const asked = gate({ required: { approval }, changes });
  await refusal(asked.admit(candidate()));
  await asked.settle(before);
  await asked.settle(before);
  expect([kept, asked.waiting]).toEqual([["sha256:2", before.digest], null]);
});

test("requirements that cannot be checked are no gate", () => {
  expect(() => gate({ required: { approval } })).toThrow("cannot be checked");
  expect(() => gate({ required: { impact }, measureImpact: null })).toThrow("cannot be checked");
});
