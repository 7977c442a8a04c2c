import type { SignalName } from "../../../../gateway/domain/signal.ts";
import { readEvent } from "../../../../gateway/signals/set/read-event.ts";

const [issued, now] = [1_000_000, 2_000_000];

test.each<[SignalName, object, number, boolean, string]>([
  ["session-revoked", {}, 0.5, true, "the session was revoked"],
  ["token-claims-change", { claims: { role: "ro", team: "a" } }, 0.3, true, "claims have changed (role, team)"],
  [
    "credential-change",
    { credential_type: "fido2-roaming", change_type: "revoke" },
    0.4,
    true,
    "a credential was changed (fido2-roaming: revoke)",
  ],
  [
    "assurance-level-change",
    { current_level: "nist-aal1", change_direction: "decrease" },
    0.4,
    true,
    "assurance is now nist-aal1",
  ],
  [
    "assurance-level-change",
    { current_level: "nist-aal2", change_direction: "increase" },
    0,
    false,
    "assurance is now nist-aal2",
  ],
  ["device-compliance-change", { current_status: "not-compliant" }, 0.7, true, "the device is not compliant"],
  ["device-compliance-change", { current_status: "compliant" }, 0, false, "the device is compliant again"],
  [
    "risk-level-change",
    { current_level: "HIGH", previous_level: "LOW", risk_reason: "LEAK" },
    0.9,
    true,
    "risk is HIGH, was LOW: LEAK",
  ],
  ["risk-level-change", { current_level: "MEDIUM" }, 0.5, false, "risk is MEDIUM"],
  ["risk-level-change", { current_level: "LOW" }, 0.1, false, "risk is LOW"],
  ["account-disabled", { reason: "hijacking" }, 0.9, true, "the account was disabled"],
  ["account-purged", {}, 0.9, true, "the account was deleted"],
  ["credential-compromise", { credential_type: "password" }, 0.9, true, "a credential is compromised (password)"],
])("reads %s with %j as level %d", (name, payload, level, bad, says) => {
  expect(readEvent(name, payload as never, issued, now)).toEqual({ level, bad, says, at: issued });
});

it("takes the time that the event says, never one that is yet to come, and says why in one language", () => {
  const payload = { event_timestamp: 900, reason_admin: { de: "gestohlen", en: "stolen\nlaptop" } };
  expect(readEvent("session-revoked", payload, issued, now)).toMatchObject({
    at: 900_000,
    says: "the session was revoked: stolen laptop",
  });
  expect(readEvent("session-revoked", { event_timestamp: 9_999_999_999 }, issued, now).at).toBe(now);
  expect(readEvent("session-revoked", { reason_admin: "as a text" }, issued, now).says).toContain("as a text");
});

test.each<[SignalName, object]>([
  ["token-claims-change", {}],
  ["credential-change", { credential_type: "password" }],
  ["credential-change", { change_type: "stolen" }],
  ["device-compliance-change", { current_status: "unknown" }],
  ["risk-level-change", { current_level: "EXTREME" }],
  ["risk-level-change", {}],
  ["session-revoked", { event_timestamp: "yesterday" }],
  ["session-revoked", { event_timestamp: 1_700_000_000_000 }],
])("refuses %s with %j", (name, payload) => {
  expect(() => readEvent(name, payload as never, issued, now)).toThrow(
    expect.objectContaining({ code: "signal_malformed" }),
  );
});
