import type { JsonObject } from "../lib/json.ts";
import type { AddressClass } from "./route.ts";
import type { KeySource, SignatureAlgorithm } from "./trusted-issuer.ts";

const caep = "https://schemas.openid.net/secevent/caep/event-type/";
const risc = "https://schemas.openid.net/secevent/risc/event-type/";
const ssf = "https://schemas.openid.net/secevent/ssf/event-type/";

/** Events of CAEP 1.0 and RISC 1.0 that can be mapped, by the name that configuration and records have for them. */
export const signalEvents = {
  "session-revoked": `${caep}session-revoked`,
  "token-claims-change": `${caep}token-claims-change`,
  "credential-change": `${caep}credential-change`,
  "assurance-level-change": `${caep}assurance-level-change`,
  "device-compliance-change": `${caep}device-compliance-change`,
  "risk-level-change": `${caep}risk-level-change`,
  "account-disabled": `${risc}account-disabled`,
  "account-purged": `${risc}account-purged`,
  "credential-compromise": `${risc}credential-compromise`,
} as const;

export type SignalName = keyof typeof signalEvents;

/** Events about the stream itself (SSF 1.0 §8.1.4 and §8.1.5). */
export const streamEvents = { verification: `${ssf}verification`, updated: `${ssf}stream-updated` } as const;

/** What an event leads to. */
export type SignalAction =
  /**
   * Access ends: what runs now, and every token issued before the event. `forMs`: every token, for so long; null: only
   * those issued before.
   */
  | { readonly do: "end"; readonly forMs: number | null }
  /** A risk signal that policy reads. `level`: 0 to 1, null for the one that the event has; it counts for `forMs`. */
  | { readonly do: "risk"; readonly level: number | null; readonly forMs: number }
  | { readonly do: "ignore" };

/** A server that sends Security Event Tokens about callers (OpenID SSF 1.0). Durations are milliseconds. */
export interface TransmitterSettings {
  readonly id: string;
  /** The exact `iss` of its SETs and of its metadata. */
  readonly issuer: string;
  /** What its SETs must name in `aud`. */
  readonly audience: string;
  /** null: those that its metadata names. */
  readonly keys: KeySource | null;
  readonly algorithms: readonly SignatureAlgorithm[];
  readonly clockSkewMs: number;
  /** How old a SET may be; ids of SETs are remembered for as long. */
  readonly maxAgeMs: number;
  /** The issuers about whose subjects it may speak. */
  readonly about: readonly SpokenFor[];
  /** What an opaque subject by itself names. */
  readonly opaque: "subject" | "session" | null;
  /** Members of complex subjects that hold for every subject here, and so say nothing. */
  readonly ignoredMembers: ReadonlySet<string>;
  readonly events: ReadonlyMap<SignalName, SignalAction>;
  readonly delivery: PushSettings | PollSettings;
  /** null: the stream is set up by hand, and nothing is asked of the transmitter. */
  readonly stream: StreamSettings | null;
  readonly api: TransmitterApi;
}

export interface SpokenFor {
  readonly issuer: string;
  /** No token of the issuer lives longer, nor anything that new ones are given for. */
  readonly maxLifetimeMs: number;
  /** Other issuers whose people get its tokens, and what stands before their `sub` in these. */
  readonly people: ReadonlyMap<string, string>;
  /** Whether its tokens name sessions as transmitters know them. */
  readonly namesSessions: boolean;
}

export interface PushSettings {
  readonly method: "push";
  /** Where SETs are posted; null while the address of the listener is not known. */
  readonly url: string | null;
  /** Reference of the whole value of its Authorization header. */
  readonly authorizationReference: string;
}

export interface PollSettings {
  readonly method: "poll";
  /** null: the one that the transmitter gives its stream. */
  readonly url: string | null;
  readonly maxEvents: number;
  /** How long one request may wait for events at the transmitter. */
  readonly waitMs: number;
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
}

export interface StreamSettings {
  /** null: the one that is there, or a new one. */
  readonly streamId: string | null;
  readonly description: string;
  /** Subject identifiers that are added to the stream (SSF 1.0 §8.1.3.2). */
  readonly subjects: readonly JsonObject[];
  readonly statusEveryMs: number;
  /** 0: no verification is asked for. */
  readonly verifyEveryMs: number;
  readonly verifyWithinMs: number;
}

/** How the gateway calls the transmitter. */
export interface TransmitterApi {
  /** Where its metadata is; null: below its issuer, as SSF 1.0 §7.2 says. */
  readonly metadataUrl: string | null;
  readonly access: ApiAccess | null;
  /** Classes of addresses that its endpoints may have beside public ones. */
  readonly addresses: ReadonlySet<AddressClass>;
  readonly insecure: boolean;
  readonly timeoutMs: number;
}

export type ApiAccess =
  /** Reference of the whole value of the Authorization header. */
  | { readonly kind: "header"; readonly reference: string }
  /** OAuth client credentials (RFC 6749 §4.4). */
  | {
      readonly kind: "client";
      readonly tokenEndpoint: string;
      readonly clientId: string;
      readonly secretReference: string;
      readonly scope: string | null;
    };

/** Who or what an event is about, in the words of the gateway. */
export type SignalTarget =
  | { readonly kind: "subject" | "session" | "client"; readonly issuer: string; readonly id: string }
  /** A token by its `jti`. */
  | { readonly kind: "token"; readonly issuer: string; readonly id: string };

/** What came of a SET, for records, metrics and answers. */
export type SignalEffect = "ended" | "risk" | "ignored" | "unmapped" | "repeated" | "verified" | "status" | "refused";
