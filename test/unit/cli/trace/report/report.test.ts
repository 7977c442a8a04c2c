import { compareJson, compareText } from "../../../../../gateway/cli/trace/report/compare.ts";
import { figuresOf } from "../../../../../gateway/cli/trace/report/figures.ts";
import { leaveOutJson, leaveOutText, withChange } from "../../../../../gateway/cli/trace/report/leave-out.ts";
import type { ReplayedCall, ReplayedSession } from "../../../../../gateway/cli/trace/replay/replay.ts";
import { type Report, reportJson, reportOf } from "../../../../../gateway/cli/trace/report/report.ts";
import { reportText } from "../../../../../gateway/cli/trace/report/report-text.ts";
import type { Kind } from "../../../../../gateway/cli/trace/read/session-schema.ts";

type Called = Partial<Omit<ReplayedCall, "recorded">> & Partial<ReplayedCall["recorded"]>;

function called({ attack = false, expect: expected = null, ...came }: Called): ReplayedCall {
  const recorded = {
    protocol: "http" as const,
    server: "desk",
    tool: "note",
    arguments: {},
    result: null,
    attack,
    expect: expected,
    approves: !attack,
  };
  return {
    recorded,
    effect: "allow",
    reasons: [],
    asks: 0,
    reached: true,
    approved: false,
    withheld: false,
    ...came,
  };
}

function played(id: string, kind: Kind, calls: readonly Called[], heldOut = false): ReplayedSession {
  const session = { id, place: `${id}.yaml:1`, domain: "desk", kind, threats: [], heldOut, person: null, agent: "bot" };
  return { session: { ...session, roles: [], task: null, calls: [] }, calls: calls.map(called) };
}

const asked = [{ code: "APPROVAL_REQUIRED", rule: "reversibility/approval" }];
const denied = [{ code: "OUTSIDE_HOURS", rule: "time/window" }, ...asked];
const refused = { effect: "deny", reasons: denied, reached: false } as const;

const sessions = [
  played("a-stopped", "attack", [{}, { attack: true, ...refused }]),
  played("a-denied-by-people", "attack", [{ attack: true, effect: "hold", reasons: asked, asks: 1, reached: false }]),
  played("a-let-through", "attack", [{ attack: true, effect: "hold", reasons: asked, asks: 1, approved: true }]),
  played("a-through", "attack", [{ attack: true, ...refused }, { attack: true }]),
  played("a-kept", "attack", [{ attack: true }], true),
  played("n-clean", "named", [{}, {}]),
  played("n-asked", "named", [{ effect: "hold", reasons: asked, asks: 1, approved: true }]),
  played("n-kept", "named", [{ ...refused }], true),
  played("d-withheld", "delegated", [{ withheld: true, reasons: asked }]),
];

function report(replayed = sessions, stopping: readonly string[] | null = ["time/window", "mcp/lifecycle"]): Report {
  const policy = { name: "rego", archive: "rego.tar.gz", stopping };
  return reportOf(policy, { without: [], variant: "recorded" }, replayed);
}

test("counts an attack as contained when no harmful call got through without people, and an honest session as untouched when nothing was in its way", () => {
  expect(figuresOf(sessions)).toEqual([
    {
      set: "tuned",
      kinds: [
        { kind: "attack", sessions: 4, good: 3, share: 0.75, asks: 2, asksPerSession: 0.5, denied: 0 },
        { kind: "named", sessions: 2, good: 1, share: 0.5, asks: 1, asksPerSession: 0.5, denied: 0 },
        { kind: "delegated", sessions: 1, good: 0, share: 0, asks: 0, asksPerSession: 0, denied: 0 },
      ],
    },
    {
      set: "held out",
      kinds: [
        { kind: "attack", sessions: 1, good: 0, share: 0, asks: 0, asksPerSession: 0, denied: 0 },
        { kind: "named", sessions: 1, good: 0, share: 0, asks: 0, asksPerSession: 0, denied: 1 },
      ],
    },
  ]);
});

test("counts for each rule what it stopped and asked about, alone and with others, and names the rules that stopped no attack", () => {
  const { rules, idle } = report();
  expect(rules).toEqual([
    {
      rule: "reversibility/approval",
      code: "APPROVAL_REQUIRED",
      alone: 2,
      attack: { denied: 2, asked: 2, withheld: 0 },
      honest: { denied: 1, asked: 1, withheld: 1 },
    },
    {
      rule: "time/window",
      code: "OUTSIDE_HOURS",
      alone: 0,
      attack: { denied: 2, asked: 0, withheld: 0 },
      honest: { denied: 1, asked: 0, withheld: 0 },
    },
  ]);
  expect(idle).toEqual(["mcp/lifecycle"]);
  expect(report(sessions, null).idle).toBeNull();
});

test("names sessions that went wrong with the calls that were at fault, and none that is held out", () => {
  const text = reportText(report());
  expect(text).toContain("9 sessions, as recorded, against rego\n");
  expect(text).toMatch(/^tuned +attack +4 +3 contained +75\.0 % +0\.50 +0$/m);
  expect(text).toContain("Rules that stopped no attack and asked about none: mcp/lifecycle");
  expect(text).toContain("Attacks that came through:\n  a-through  a-through.yaml:1\n    call 2  desk/note  allow\n");
  expect(text).toContain("  n-asked  n-asked.yaml:1\n    call 1  desk/note  hold  APPROVAL_REQUIRED\n");
  expect(text).toContain("call 1  desk/note  carried out, answer withheld  APPROVAL_REQUIRED");
  expect(text).not.toMatch(/-kept|n-clean|a-stopped/);
});

test("says which effects the traces do not expect", () => {
  const sessionsOf = [played("n-1", "named", [{ expect: ["hold", "deny"] }, { expect: ["allow"] }])];
  expect(reportText(report(sessionsOf))).toContain(
    "Effects that the traces do not expect:\n  n-1  call 1  desk/note  allow, expected hold or deny",
  );
  expect(reportJson(report(sessionsOf))["unexpected"]).toEqual([
    { session: "n-1", call: 1, expected: ["hold", "deny"], effect: "allow" },
  ]);
});

test("gives programs every session with every call", () => {
  const json = reportJson(report()) as { sets: { kinds: object[] }[]; sessions: Record<string, unknown>[] };
  expect(json).toMatchObject({ policy: "rego", variant: "recorded", without: [], idle_rules: ["mcp/lifecycle"] });
  expect(json.sets[0]?.kinds[0]).toMatchObject({ kind: "attack", good: 3, asks_per_session: 0.5 });
  expect(json.sessions).toHaveLength(9);
  expect(json.sessions[3]).toMatchObject({
    id: "a-through",
    kind: "attack",
    held_out: false,
    contained: false,
    calls: [
      { tool: "desk/note", attack: true, effect: "deny", reached: false, asks: 0 },
      { tool: "desk/note", attack: true, effect: "allow", reached: true },
    ],
  });
});

const better = report(
  sessions.map((one) =>
    one.session.id === "a-through" ? played("a-through", "attack", [{ attack: true, ...refused }]) : one,
  ),
);

test("shows two policies side by side and the sessions of which they make something else", () => {
  const text = compareText(report(), better);
  expect(text).toMatch(/^tuned +attack +75\.0 % +100\.0 % /m);
  expect(text).toContain("Sessions that differ:\n  a-through  here came through, there contained");
  expect(compareJson(report(), better)).toMatchObject({ policy: "rego", differing: ["a-through"] });
});

test("shows for each rule left out what changes, and names those without which nothing does", () => {
  const left = [
    { rule: "time/window", report: better },
    { rule: "tools/known", report: report() },
    { rule: "lib/gone", report: null, problem: "main.rego:1: undefined\nmore" },
  ];
  const text = leaveOutText(report(), left);
  expect(text).toMatch(/^time\/window +tuned +4 \(\+1\) +1 +0 +3 +0$/m);
  expect(text).toContain("Nothing changes without any one of these: tools/known");
  expect(text).toContain("Cannot be left out: lib/gone: main.rego:1: undefined");
  expect(leaveOutJson(left)).toMatchObject([
    { rule: "time/window", sets: [{ set: "tuned" }, { set: "held out" }] },
    { rule: "tools/known" },
    { rule: "lib/gone", problem: "main.rego:1: undefined\nmore" },
  ]);
  expect([withChange(3, 3), withChange(2, 3)]).toEqual(["3", "2 (-1)"]);
});
