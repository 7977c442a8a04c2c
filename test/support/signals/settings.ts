import type { SignalAction, SignalName, SpokenFor, TransmitterSettings } from "../../../gateway/domain/signal.ts";

export const corporate = "https://idp.example";

/** The gateway's own tokens, given to the people of that issuer, as those whom a transmitter may speak for. */
export const ownPeople: SpokenFor = {
  issuer: "https://gateway.example",
  maxLifetimeMs: 3_600_000,
  people: new Map([[corporate, ""]]),
  namesSessions: false,
};

/** A transmitter as the configuration gives it, which may speak for one issuer. */
export function transmitterSettings(changes: Partial<TransmitterSettings> = {}): TransmitterSettings {
  return {
    id: "idp",
    issuer: "https://signals.example",
    audience: "https://gateway.example/signals/idp",
    keys: null,
    algorithms: ["RS256", "ES256"],
    clockSkewMs: 30_000,
    maxAgeMs: 3_600_000,
    about: [{ issuer: corporate, maxLifetimeMs: 900_000, people: new Map(), namesSessions: true }],
    opaque: null,
    ignoredMembers: new Set(),
    events: new Map<SignalName, SignalAction>([
      ["session-revoked", { do: "end", forMs: null }],
      ["token-claims-change", { do: "end", forMs: null }],
      ["account-disabled", { do: "end", forMs: 86_400_000 }],
      ["credential-change", { do: "risk", level: 0.6, forMs: 60_000 }],
      ["risk-level-change", { do: "risk", level: null, forMs: 60_000 }],
      ["device-compliance-change", { do: "end", forMs: null }],
      ["assurance-level-change", { do: "ignore" }],
    ]),
    delivery: { method: "push", url: null, authorizationReference: "env:PUSH" },
    stream: null,
    api: { metadataUrl: null, access: null, addresses: new Set(["loopback"]), insecure: false, timeoutMs: 10_000 },
    ...changes,
  };
}
