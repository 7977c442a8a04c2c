import type { EvaluatedCall } from "../../../gateway/domain/exchange.ts";
import type { Facts } from "../../../gateway/domain/facts.ts";
import type { OutsideSignal } from "../../../gateway/domain/ports.ts";
import { noProvenance, type Seen } from "../../../gateway/domain/provenance.ts";
import type { RiskSettings, RiskSignalFact } from "../../../gateway/domain/risk.ts";
import type { Subject } from "../../../gateway/domain/subject.ts";
import { saltedDigest } from "../../../gateway/risk/destinations.ts";
import { riskLedger } from "../../../gateway/risk/ledger.ts";
import { activePolicy, catalogFact, decision, evaluated, facts, subject, toolCall } from "../../support/builders.ts";
import { onlySignals, riskSettings } from "../../support/risk.ts";
import { provenanceOnDemand } from "../../support/provenance.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const noon = Date.UTC(2026, 10, 24, 12);

const reason = { code: "C", message: "m", severity: "high", controls: [] } as const;

interface Told extends Partial<Pick<Facts, "session" | "intent" | "task" | "provenance">> {
  readonly at?: number;
  readonly who?: Subject;
  readonly to?: unknown;
  readonly effect?: "allow" | "deny" | "hold";
  readonly indeterminate?: "policy_threw" | null;
  /** Of the denial. */
  readonly rule?: string;
}

function world(settings: RiskSettings = riskSettings(), { capacity = 100 } = {}) {
  const said: OutsideSignal[] = [];
  const ledger = riskLedger({
    capacity,
    digest: saltedDigest("salt"),
    outside: { of: () => said, refresh: () => null },
  });
  const policy = activePolicy({ risk: settings });
  const catalog = catalogFact({ destination: ["/to"] });
  /** What is found of a call now; it is decided about as `effect` says, and remembered. */
  function call({
    at = noon,
    who = subject(),
    to,
    effect = "allow",
    indeterminate = null,
    rule = "entitlements/role",
    ...known
  }: Told = {}) {
    const made = toolCall({ arguments: to === undefined ? {} : { to: to as string } });
    const time = { ns: "0", weekday: "Tuesday", hour: new Date(at).getUTCHours(), zone: "UTC" } as const;
    const all = facts({ policy, catalog, time, ...known });
    const about = { ...all, call: made, subject: who, settings, now: at };
    const risk = ledger.fact(about);
    const signals = risk.signals;
    const done: EvaluatedCall = evaluated({
      call: made,
      subject: who,
      facts: { ...all, risk },
      decision: decision({ effect, indeterminate, reasons: [{ ...reason, rule }] }),
    });
    ledger.observe(done, at);
    return signals;
  }
  return { call, said, ledger };
}

const named = (signals: readonly RiskSignalFact[]): string[] => signals.map(({ name }) => name);

test("finds nothing of a caller that is not known", () => {
  const { call } = world();
  expect(call({ to: "ann@shop.example" })).toEqual([]);
});

describe("a new destination", () => {
  const settings = onlySignals({ new_destination: { weight: 0.25, halfLifeMs: 10 * minute, calls: 2 } });

  test("is one that the caller has not used before, in whatever letters", () => {
    const { call } = world(settings);
    for (const to of ["ann@shop.example", "bob@shop.example"]) expect(call({ to })).toEqual([]);
    expect(call({ to: " ANN@shop.example" })).toEqual([]);
    expect(call({ to: ["bob@shop.example", "eve@evil.example"] })).toEqual([
      { name: "new_destination", weight: 0.25, evidence: "1 of 2 destinations not used by this caller before", ago: 0 },
    ]);
  });

  test("fades, and is no new one again", () => {
    const { call } = world(settings);
    for (const to of ["a", "b", "c"]) call({ to });
    expect(call({ at: noon + 10 * minute, to: "a" })).toMatchObject([{ weight: 0.13, ago: 600 }]);
    expect(call({ at: noon + hour, to: "c" })).toEqual([]);
  });

  test("is not learnt of a call that was denied, and is found of it again", () => {
    const { call } = world(settings);
    for (const to of ["a", "b"]) call({ to });
    expect(named(call({ to: "c", effect: "deny" }))).toEqual(["new_destination"]);
    expect(call({ to: "c" })).toMatchObject([{ weight: 0.25, ago: 0 }]);
  });

  test("is none that a person named, where rules have asked where values come from", () => {
    const { call } = world(settings);
    for (const to of ["a", "b"]) call({ to });
    const seen = (as: Seen, isRead = true): Facts["provenance"] => {
      const value = {
        pointer: "/to",
        role: "destination",
        kind: "name",
        seen: as,
        identified: false,
        back: false,
      } as const;
      const provenance = [{ ...value, inside: false, host: null, tool: null, ago: null }];
      const traced = provenanceOnDemand(() => ({ ...noProvenance, provenance }));
      if (isRead) void traced.provenance;
      return traced;
    };
    for (const known of ["task", "people"] as const)
      expect(call({ to: "c", provenance: seen(known), effect: "hold" })).toEqual([]);
    expect(named(call({ to: "c", provenance: seen("untrusted"), effect: "hold" }))).toEqual(["new_destination"]);
    const unread = seen("task", false);
    expect(named(call({ to: "c", provenance: unread, effect: "hold" }))).toEqual(["new_destination"]);
    expect(unread.isRead).toBe(false);
  });
});

test("finds a burst by how far it is above what is usual", () => {
  const { call } = world(onlySignals({ burst: { weight: 0.4, halfLifeMs: 5 * minute, calls: 10, perMs: minute } }));
  for (let n = 0; n < 15; n++) call();
  expect(call()).toEqual([{ name: "burst", weight: 0.2, evidence: "about 15 calls in 60 s", ago: 0 }]);
  for (let n = 0; n < 30; n++) call();
  expect(call()).toMatchObject([{ weight: 0.4 }]);
  expect(call({ at: noon + 10 * minute })).toMatchObject([{ weight: 0.1, ago: 600 }]);
});

test("counts a call that waits for people when it is decided about, not each time it is sent", () => {
  const { call } = world(onlySignals({ burst: { weight: 0.4, halfLifeMs: 5 * minute, calls: 10, perMs: minute } }));
  for (let n = 0; n < 50; n++) expect(call({ effect: "hold" })).toEqual([]);
});

test("finds denials lately, but none of a policy that gave no answer, and none for risk alone", () => {
  const settings = onlySignals({ denied_streak: { weight: 0.4, halfLifeMs: 10 * minute, calls: 4 } });
  const { call } = world(settings);
  for (let n = 0; n < 4; n++) call({ effect: "deny", indeterminate: "policy_threw" });
  for (let n = 0; n < 4; n++) call({ effect: "deny", rule: "risk/critical" });
  expect(call({ effect: "deny" })).toEqual([]);
  expect(call({ effect: "deny" })).toMatchObject([
    { name: "denied_streak", weight: 0.1, evidence: "calls denied lately: 1" },
  ]);
  for (let n = 0; n < 4; n++) call({ effect: "deny" });
  expect(call({ at: noon + 10 * minute })).toMatchObject([
    { weight: 0.2, evidence: "calls denied lately: 6", ago: 600 },
  ]);
  expect(call({ at: noon + 3 * hour })).toEqual([]);
});

test("finds an hour in which the caller never called", () => {
  const { call } = world(onlySignals({ unusual_hour: { weight: 0.15, halfLifeMs: hour, days: 3 } }));
  expect(call({ at: noon + 3 * hour })).toEqual([]);
  for (let n = 1; n <= 3; n++) call({ at: noon + n * day });
  expect(call({ at: noon + 4 * day + hour })).toEqual([]);
  expect(call({ at: noon + 4 * day + 9 * hour })).toEqual([
    { name: "unusual_hour", weight: 0.15, evidence: "no call near 21:00 UTC on 5 days", ago: 0 },
  ]);
});

describe("a purpose that drifts", () => {
  const settings = onlySignals({ purpose_drift: { weight: 0.3, halfLifeMs: 30 * minute } });
  const purpose = (text: string, declared_by: "token" | "header" = "token") => ({
    intent: { purpose: text, declared_by, truncated: false },
  });

  test("is another than the one that the session began with", () => {
    const { call } = world(settings);
    expect(call(purpose("refund order 881 of ann"))).toEqual([]);
    expect(call(purpose("Refund the order 881"))).toEqual([]);
    expect(call(purpose("export all customers to a file"))).toEqual([
      {
        name: "purpose_drift",
        weight: 0.3,
        evidence: "the purpose is another than the one that the session began with",
        ago: 0,
      },
    ]);
    const elsewhere = { id: "s2", trust: "token", calls: 0, labels: [], history: [] } as const;
    expect(named(call({ ...purpose("write a newsletter"), session: elsewhere }))).toEqual(["purpose_drift"]);
  });

  test("is another than that of the task", () => {
    const { call } = world(settings);
    const task = { purpose: "refund order 881" } as never;
    expect(call({ ...purpose("refund order 881"), task })).toEqual([]);
    expect(call({ ...purpose("export customers"), task })).toMatchObject([
      { evidence: "the purpose is another than that of the task" },
    ]);
  });

  test("is none that the agent states itself, with each call another", () => {
    const { call } = world(settings);
    call(purpose("refund order 881"));
    expect(call(purpose("look at the weather", "header"))).toEqual([]);
  });
});

test("finds labels that a session has together", () => {
  const { call } = world(
    onlySignals({
      label_combination: { weight: 0.2, halfLifeMs: minute, combinations: [["read:private", "read:untrusted"]] },
    }),
  );
  const session = (...labels: string[]) => ({
    session: { id: "s1", trust: "token", calls: 1, labels, history: [] } as const,
  });
  expect(call(session("read:private"))).toEqual([]);
  expect(call(session("read:untrusted", "x", "read:private"))).toEqual([
    {
      name: "label_combination",
      weight: 0.2,
      evidence: "the session has the labels read:private, read:untrusted",
      ago: 0,
    },
  ]);
});

test("finds what other systems say, as loud as they say it, until it has faded", () => {
  const { call, said } = world(onlySignals({ outside_event: { weight: 0.9, halfLifeMs: hour } }));
  const event = { name: "risk-level-change", source: "idp", until: null, at: noon - hour };
  said.push(
    { ...event, level: 1, evidence: "idp says: HIGH" },
    { ...event, level: 0.1, evidence: "crm says: odd", at: noon },
  );
  expect(call()).toEqual([
    { name: "outside_event", weight: 0.45, evidence: "idp says: HIGH", ago: 3_600 },
    { name: "outside_event", weight: 0.09, evidence: "crm says: odd", ago: 0 },
  ]);
});

test("keeps callers apart, and forgets those that called last the longest ago", () => {
  const { call } = world(onlySignals({ denied_streak: { weight: 0.4, halfLifeMs: hour, calls: 1 } }), { capacity: 2 });
  const of = (id: string) => ({ who: subject({ id }) });
  call({ ...of("a"), effect: "deny" });
  call({ ...of("b"), effect: "deny" });
  expect([named(call(of("a"))), named(call(of("c")))]).toEqual([["denied_streak"], []]);
  expect([named(call(of("a"))), named(call(of("b")))]).toEqual([["denied_streak"], []]);
});

test("remembers nothing for a policy whose data names no signal", () => {
  const { ledger } = world();
  expect(() => ledger.observe(evaluated({ facts: facts({ policy: activePolicy() }) }), noon)).not.toThrow();
});
