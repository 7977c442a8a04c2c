import type {
  MadeRevocation,
  OutsideSignal,
  OutsideTarget,
  WantedRevocation,
} from "../../../../gateway/domain/ports.ts";
import { nothingEnded } from "../../../../gateway/domain/ended.ts";
import { signalEvents, type SignalName, type TransmitterSettings } from "../../../../gateway/domain/signal.ts";
import { planEvent } from "../../../../gateway/signals/set/carry-out.ts";
import { TestClock } from "../../../support/builders.ts";
import { corporate, transmitterSettings } from "../../../support/signals/settings.ts";

const alice = { format: "iss_sub", iss: corporate, sub: "alice" };
const session = { format: "opaque", id: "sess-1" };
const compliance = { current_status: "not-compliant" };

const matched = { ...nothingEnded, unanswered: 0 };

function world(changes: Partial<TransmitterSettings> = {}) {
  const clock = new TestClock();
  const revoked: MadeRevocation[] = [];
  const signalled: (OutsideTarget & OutsideSignal)[] = [];
  const deps = {
    clock,
    revocations: {
      list: async () => revoked,
      revoke: async (wanted: WantedRevocation) => {
        const kept = { ...wanted, id: `k_${revoked.length + 1}`, at: clock.now(), durable: true, matched };
        revoked.push(kept);
        return kept;
      },
    },
    outside: {
      add: async (target: OutsideTarget, signal: OutsideSignal) => void signalled.push({ ...target, ...signal }),
    },
  };
  const settings = transmitterSettings(changes);
  const tell = (name: SignalName | null, subject: object, payload: object = {}, ago = 5_000) => {
    const event = { name, uri: name === null ? "urn:new" : signalEvents[name], payload: payload as never };
    return planEvent(event, { subject: subject as never, issuedAt: clock.now() - ago }, settings, deps)();
  };
  return { clock, revoked, signalled, tell };
}

it("ends what stands on tokens from before the event, until the last of them has expired", async () => {
  const { clock, revoked, tell } = world();
  const done = await tell("session-revoked", alice, { reason_admin: { en: "stolen" } });
  expect(done).toMatchObject({ effect: "ended", revocations: ["k_1"] });
  expect(revoked).toMatchObject([
    {
      kind: "subject",
      issuer: corporate,
      target: "alice",
      by: "signal of idp",
      reason: "session-revoked: the session was revoked: stolen",
      before: clock.now() - 4_000,
      until: clock.now() + 900_000 + 30_000,
    },
  ]);
});

it("ends a session and a token whenever they were issued: they never come back", async () => {
  const { revoked, tell } = world();
  await tell("session-revoked", session);
  await tell("token-claims-change", { format: "jwt_id", iss: corporate, jti: "t1" }, { claims: { role: "x" } });
  expect(revoked.map(({ kind, target, before }) => [kind, target, before])).toEqual([
    ["session", "sess-1", null],
    ["token", "t1", null],
  ]);
});

it("refuses new tokens too for as long as the configuration says", async () => {
  const { clock, revoked, tell } = world();
  await tell("account-disabled", alice);
  expect(revoked).toMatchObject([{ before: null, until: clock.now() + 86_400_000 }]);
});

it("adds no second revocation where one that stands covers it, and one that reaches further", async () => {
  const { revoked, tell } = world();
  await tell("session-revoked", alice, {}, 5_000);
  expect(await tell("session-revoked", alice, {}, 6_000)).toMatchObject({ effect: "ended", revocations: [] });
  expect(await tell("session-revoked", alice, {}, 1_000)).toMatchObject({ revocations: ["k_2"] });
  expect(revoked).toHaveLength(2);
});

it("keeps what is said as a risk signal of the subject, with what it is based on", async () => {
  const { clock, signalled, tell } = world();
  const payload = { current_level: "HIGH", risk_reason: "LEAK" };
  expect(await tell("risk-level-change", alice, payload)).toMatchObject({ effect: "risk", revocations: [] });
  expect(signalled).toEqual([
    {
      issuer: corporate,
      subject: "alice",
      name: "risk-level-change",
      source: "idp",
      level: 0.9,
      evidence: "idp says: risk is HIGH: LEAK",
      at: clock.now() - 5_000,
      until: clock.now() + 60_000,
    },
  ]);
});

it("gives a risk the level of the configuration", async () => {
  const { signalled, tell } = world();
  await tell("credential-change", alice, { credential_type: "pin", change_type: "update" });
  expect(signalled.map(({ level }) => level)).toEqual([0.6]);
});

it("keeps no risk of a session alone, since it is not known whose it is", async () => {
  const { signalled, tell } = world({ opaque: "session" });
  expect(await tell("risk-level-change", session, { current_level: "HIGH" })).toMatchObject({ effect: "unmapped" });
  expect(signalled).toEqual([]);
});

test.each<[string, SignalName | null, object, object, string]>([
  ["an event that is to be ignored", "assurance-level-change", alice, {}, "ignored"],
  ["an event that the configuration does not name", "account-purged", alice, {}, "ignored"],
  ["an event that it does not know", null, alice, {}, "ignored"],
  ["a device that is compliant again", "device-compliance-change", alice, { current_status: "compliant" }, "ignored"],
  ["a subject that names nothing here", "session-revoked", { format: "ip-addresses" }, {}, "unmapped"],
])("does nothing for %s", async (_, name, subject, payload, effect) => {
  const { revoked, signalled, tell } = world();
  expect(await tell(name, subject, payload)).toMatchObject({ effect, revocations: [] });
  expect([revoked, signalled]).toEqual([[], []]);
});

it("says which members of the subject were not used", async () => {
  const { tell } = world();
  const subject = { format: "complex", user: alice, device: session };
  expect(await tell("device-compliance-change", subject, compliance)).toMatchObject({
    effect: "ended",
    unused: ["device"],
  });
});

it("refuses an event that cannot be read before it does anything", () => {
  const { tell } = world();
  expect(() => tell("risk-level-change", alice, { current_level: "?" })).toThrow(
    expect.objectContaining({ code: "signal_malformed" }),
  );
});

it("says of what ended nothing that is known now that nothing was there", async () => {
  const { tell } = world();
  const detail = "the session was revoked; nothing was under way, held or granted";
  expect((await tell("session-revoked", alice)).detail).toBe(detail);
});
