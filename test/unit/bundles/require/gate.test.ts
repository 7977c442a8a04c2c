import type { ApprovedChange, ChangeQuestion, PolicyName } from "../../../../gateway/domain/ports.ts";
import {
  approval,
  before,
  candidate,
  type Fakes,
  gate,
  impact,
  noChanges,
  question,
  refusal,
  same,
  who,
  widened,
} from "./support/made-gate.ts";

test("what judged before becomes active again without being asked anything", async () => {
  const asked = gate({ required: { tests: true, impact, approval }, changes: noChanges() });
  expect(await asked.admit({ ...candidate([]), digest: before.digest })).toBeNull();
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
  expect(asked.waiting).toMatchObject({ revision: "r2-0000000", why: "widened", before, impact: widened });
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
    required: { approval },
    active: () => active,
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
