import type { NamedCredential } from "./credential.ts";
import type { AddressClass } from "./route.ts";

/** Requests signed with AWS Signature Version 4. References are for `Config.secret`. */
export interface AwsCredential extends NamedCredential {
  readonly provider: "aws";
  readonly region: string;
  /** As in the credential scope, such as `s3` or `execute-api`. */
  readonly service: string;
  /** Null: a web identity needs none. */
  readonly keys: AwsKeys | null;
  /** Null: the keys sign themselves. */
  readonly role: AwsRole | null;
}

export interface AwsKeys {
  readonly accessKeyIdReference: string;
  readonly secretAccessKeyReference: string;
  readonly sessionTokenReference: string | null;
}

/** A session that STS gives for one caller. */
export interface AwsRole {
  readonly arn: string;
  /** Who gives the session its name in the role's logs. */
  readonly sessionName: "subject" | "person" | "task";
  readonly durationS: number;
  /** Session tags by key; a fact that a call has not is left out. */
  readonly tags: ReadonlyMap<string, AwsTag>;
  readonly externalIdReference: string | null;
  /** Absolute path of a JSON document that narrows the role further. */
  readonly policyFile: string | null;
  /** Managed policies that narrow it. */
  readonly policyArns: readonly string[];
  /** Null: AssumeRole, signed with the keys. Else AssumeRoleWithWebIdentity with this token. */
  readonly webIdentityReference: string | null;
  /** scheme://host[:port] of STS. */
  readonly endpoint: string;
  readonly addresses: ReadonlySet<AddressClass>;
  readonly caFile: string | null;
  readonly timeoutMs: number;
}

/** What a session tag holds. */
export const awsTags = ["subject", "client", "person", "session", "task", "tool"] as const;
export type AwsTag = (typeof awsTags)[number];
