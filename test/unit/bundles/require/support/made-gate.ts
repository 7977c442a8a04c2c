import { ActivationGate, type GateCandidate, type GateDeps } from "../../../../../gateway/bundles/require/gate.ts";
import type { ReplayReport } from "../../../../../gateway/domain/policy-change.ts";
import type { ChangeQuestion, PolicyChanges, PolicyName } from "../../../../../gateway/domain/ports.ts";
import type { PolicyRequirements } from "../../../../../gateway/domain/settings.ts";
import { quiet } from "../../../../support/quiet.ts";
import { opa } from "../../../decide/support/compile-rego.ts";

export const before: PolicyName = { revision: "r1-0000000", digest: "sha256:1" };
const rule = "package a\n\nallow if input.x == 1\n\nallow if input.y == 2\n";
export const test1 = 'package a_test\n\nimport data.a\n\ntest_one if a.allow with input as {"x": 1}\n';
const file = (path: string, text: string) => ({ path, bytes: Buffer.from(text) });

export function candidate(tests: readonly string[] = [test1]): GateCandidate {
  return {
    revision: "r2-0000000",
    digest: "sha256:2",
    archive: "/nowhere",
    sources: { revision: "r2-0000000", files: [file("a/a.rego", rule)] },
    tests: tests.map((text, index) => file(`a/a${index}_test.rego`, text)),
  };
}

export const same: ReplayReport = {
  decisions: 10,
  compared: 10,
  same: 10,
  changed: 0,
  widened: 0,
  kinds: [],
  asRecorded: [],
  notCompared: { total: 0, gateway: 0, noInput: 0, places: [] },
};
const said = (effect: string, code: string) => ({ effect, reasons: [{ code, rule: "a/b" }] });
const change = { kind: "deny→allow", widens: true };
const example = { of: "d_1", at: null, tool: "crm/find", subject: "secret-bot", change };
export const widened: ReplayReport = {
  ...same,
  same: 9,
  changed: 1,
  widened: 1,
  kinds: [
    {
      ...change,
      count: 1,
      tools: [],
      subjects: [],
      examples: [{ ...example, before: said("deny", "NOT_HERE"), after: said("allow", "HERE") }],
    },
  ],
};

const nothing: PolicyRequirements = { tests: false, coverage: null, impact: null, approval: null };
export const impact = { last: 10, comparedPercent: 90, timeoutMs: 1_000 };
export const approval = { role: "security", count: 1, when: "always", withinMs: 60_000 } as const;

export interface Fakes extends Partial<GateDeps> {
  readonly required: Partial<PolicyRequirements>;
  readonly report?: ReplayReport | Error;
}

export function gate({ required, report = same, ...deps }: Fakes): ActivationGate {
  const requirements = { ...nothing, ...required };
  return new ActivationGate({
    requirements,
    opa,
    sources: { list: [{ kind: "folder", path: "/policy" }] },
    logger: quiet,
    changes: null,
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
export async function refusal(
  admitted: Promise<unknown>,
): Promise<{ readonly again: boolean; readonly lines: string[] }> {
  const failure = await admitted.then(
    () => null,
    (error: unknown) => error as Error & { readonly stage: string },
  );
  expect(failure?.stage).toBe("require");
  return { again: failure?.name === "TransientFailure", lines: failure?.message.split("\n") ?? [] };
}

export const who = { account: "id-olga", name: "olga", also: [] };

/** Answers as if nobody had been asked, unless said otherwise. */
export function noChanges(given: Partial<PolicyChanges> = {}): PolicyChanges {
  return {
    ask: () => Promise.resolve(question),
    approved: () => Promise.resolve(null),
    question: () => Promise.resolve(null),
    supersede: () => Promise.resolve(),
    watch: () => () => undefined,
    ...given,
  };
}

export const question: ChangeQuestion = { id: "a_1", state: "held", by: "olga", reason: null };
