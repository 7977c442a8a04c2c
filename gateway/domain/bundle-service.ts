import type { JsonObject } from "../lib/json.ts";
import type { AwsCredential } from "./aws-credential.ts";
import type { OauthClient } from "./oauth-credential.ts";
import type { AddressClass } from "./route.ts";
import type { BundleAlgorithm, BundleTrust } from "./settings.ts";
import type { ClientTls } from "./shipping.ts";

/** A server of OPA's bundle service API (https://www.openpolicyagent.org/docs/management-bundles#bundle-service-api). */
export interface BundleService {
  readonly name: string;
  /** `oci`: it is a registry of the OCI distribution spec, and bundles are layers of artifacts. */
  readonly type: "bundles" | "oci";
  /** Without a slash at its end. */
  readonly url: string;
  /** Sent with each request; a value is a text or the reference of a secret. */
  readonly headers: Readonly<Record<string, string>>;
  /** What each request proves who asks with, beside a certificate; null: nothing. */
  readonly credential: ServiceCredentialSettings | null;
  readonly tls: ClientTls;
  /** Address classes beyond public ones that it may resolve to. */
  readonly addresses: ReadonlySet<AddressClass>;
  /** How long it may take until the head of its answer, and between two parts of the body. */
  readonly headerTimeoutMs: number;
}

export type ServiceCredentialSettings = BearerSettings | ServiceOauthSettings | ServiceAwsSettings;

/** `reference`: of the secret that stands behind the scheme in `authorization`. */
interface BearerSettings {
  readonly kind: "bearer";
  readonly scheme: string;
  readonly reference: string;
  /** Whether base64 of the secret is sent, as OPA does it for registries. */
  readonly encoded: boolean;
}

/** Tokens of an authorization server, by the client credentials grant (RFC 6749 §4.4) or for a signed assertion (RFC 7523 §2.1). */
export interface ServiceOauthSettings {
  readonly kind: "oauth2";
  readonly grant: "client_credentials" | "jwt_bearer";
  readonly client: OauthClient;
  readonly scopes: readonly string[];
  /** Further parameters of the token request. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Signs the assertion that is the grant, or the client's own (RFC 7523 §2.2); null: the client has a secret. */
  readonly assertion: AssertionSettings | null;
}

/** `keyReference`: of the private key, PEM. */
export interface AssertionSettings {
  readonly algorithm: Exclude<BundleAlgorithm, `HS${string}`>;
  readonly keyReference: string;
  /** Replace those that the gateway writes, or are added to them. */
  readonly claims: JsonObject;
}

/** Requests signed with AWS Signature Version 4. */
export interface ServiceAwsSettings extends Pick<AwsCredential, "region" | "service" | "keys" | "role"> {
  readonly kind: "aws";
}

/** A bundle of such a server, as a source of the policy. */
export interface ServedBundle {
  readonly name: string;
  readonly service: BundleService;
  /** Path below the service's URL, without a slash at either end; of a registry the reference of an artifact. */
  readonly resource: string;
  readonly polling: {
    readonly minMs: number;
    readonly maxMs: number;
    /** How long the server may wait for news before it answers, in seconds; null: no long polling. */
    readonly waitS: number | null;
  };
  /** Whether a start without the server takes the bundle that was active last. */
  readonly persist: boolean;
  /** Of the archive, and of each file in it. */
  readonly maxBytes: number;
  /** How long ago the server may have confirmed the active bundle; null: any time. */
  readonly maxStaleMs: number | null;
  /** Whether calls are refused beyond that. */
  readonly denyStale: boolean;
  /** Folder of what was downloaded. */
  readonly folder: string;
}

/** A bundle, and who has to sign it; null: nobody. */
export interface TrustedBundle {
  readonly served: ServedBundle;
  readonly trust: BundleTrust | null;
}

/** What the document of a discovery bundle says. */
export interface Discovered {
  /** Those of the configuration are not among them. */
  readonly bundles: readonly TrustedBundle[];
  /** Null where it names none, or the configuration names one. */
  readonly status: StatusTarget | null;
  readonly labels: Readonly<Record<string, string>>;
  /** Whether it has decisions sent to a collector, and the configuration sends them to none. A document alone sends none. */
  readonly logsUnsent: boolean;
  /** Options that have no effect, each with the reason. */
  readonly ignored: readonly string[];
}

/** What kept the newest bundle from being active. */
export interface ServedBundleFailure {
  /**
   * `download`: nothing usable arrived; `persist`: it is active, and a start without the server would not have it; `kept`: what is on disk
   * could not be taken at the start.
   */
  readonly stage: "download" | "activate" | "persist" | "kept";
  readonly message: string;
  /** Of an answer that was no success. */
  readonly httpStatus: number | null;
  /** Whether the signature is at fault. */
  readonly unsigned: boolean;
  /** Where rules do not compile; the file is named as messages name it. */
  readonly errors: readonly RuleError[];
  /** Milliseconds since the epoch: the first failure since the last success. */
  readonly since: number;
}

/** A place in a policy that cannot become active. `line` and `column` begin at 1. */
export interface RuleError {
  readonly file: string;
  readonly line: number;
  readonly column?: number;
  readonly message: string;
}

/** Where OPA's status API (https://www.openpolicyagent.org/docs/management-status) is told of bundles. */
export interface StatusTarget {
  readonly service: BundleService;
  /** Part of the path behind `/status/`; empty: none. */
  readonly partition: string;
}

/** Of the discovery bundle: it is active when its document is in force. `bytes`: of what was downloaded last, as OPA tells it. */
export interface DiscoveryStatus extends ServedBundleStatus {
  /** Options of the document in force that have no effect, each with the reason. */
  readonly ignored: readonly string[];
  /** As in `Discovered`, of the document in force. */
  readonly logsUnsent: boolean;
}

/** Times are in milliseconds since the epoch; null: not yet. */
export interface ServedBundleStatus {
  readonly name: string;
  readonly service: string;
  /** As its manifest names it; null: none, or none active. */
  readonly revision: string | null;
  /** Size of the active bundle as it was downloaded; null: none was since the start. */
  readonly bytes: number | null;
  /** Of what was downloaded last. */
  readonly type: "snapshot" | "delta";
  readonly lastRequest: number | null;
  readonly lastSuccessfulRequest: number | null;
  readonly lastSuccessfulDownload: number | null;
  readonly lastSuccessfulActivation: number | null;
  readonly failure: ServedBundleFailure | null;
  /** When the server last said that the active bundle is its newest; also from before the start. */
  readonly confirmedAt: number | null;
  /** Whether that is longer ago than it may be, and whether calls are refused for it. */
  readonly stale: "no" | "told" | "denies";
  /** How many bundles became active, and how many attempts failed, since the start. */
  readonly loaded: number;
  readonly failed: number;
}
