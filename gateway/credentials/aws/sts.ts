import { readFile } from "node:fs/promises";
import { CredentialFailure } from "../../domain/credential.ts";
import type { AwsRole } from "../../domain/aws-credential.ts";
import type { Clock } from "../../domain/ports.ts";
import { type CheckedFetch, checkedFetch } from "../../net/checked-fetch.ts";
import { answeredBadly, unreachable } from "../call-failure.ts";
import type { LeasedSecret } from "../leases.ts";
import { type AwsSecrets, signedHeaders } from "./sign.ts";
import { parseJson } from "../../lib/parse-json.ts";

export interface StsWish {
  readonly sessionName: string;
  readonly tags: readonly (readonly [key: string, value: string])[];
  readonly durationS: number;
}

export interface StsDeps {
  readonly clock: Clock;
  /** @throws Error that names the reference, never the value */
  readonly secret: (reference: string) => string;
  /** The keys that sign AssumeRole; null where a web identity needs none. */
  readonly keys: () => AwsSecrets | null;
}

const maxBytes = 64 * 1024;
const apiVersion = "2011-06-15";

/** Asks STS for sessions of one role (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html). */
export class Sts {
  readonly #role: AwsRole;
  readonly #region: string;
  readonly #deps: StsDeps;
  readonly #fetch: CheckedFetch;

  constructor(role: AwsRole, region: string, deps: StsDeps) {
    const { addresses, caFile, timeoutMs } = role;
    this.#role = role;
    this.#region = region;
    this.#deps = deps;
    this.#fetch = checkedFetch({ addresses, caFile, timeoutMs, maxBytes });
  }

  /** @throws CredentialFailure */
  async session(wish: StsWish): Promise<LeasedSecret> {
    const { webIdentityReference, endpoint } = this.#role;
    const action = webIdentityReference === null ? "AssumeRole" : "AssumeRoleWithWebIdentity";
    const body = await this.#parameters(action, wish);
    const headers = { "content-type": "application/x-www-form-urlencoded; charset=utf-8", accept: "text/xml" };
    const signed = webIdentityReference === null ? { ...headers, ...this.#signature(headers, body) } : headers;
    let answer: { readonly status: number; readonly text: string };
    try {
      const response = await this.#fetch(`${endpoint}/`, { method: "POST", headers: signed, body });
      answer = { status: response.status, text: await response.text() };
    } catch (thrown) {
      throw unreachable("sts", thrown);
    }
    if (answer.status !== 200) throw refusalOf(answer, action);
    return this.#sessionIn(answer.text);
  }

  async #parameters(action: string, { sessionName, tags, durationS }: StsWish): Promise<string> {
    const { arn, externalIdReference, policyFile, policyArns, webIdentityReference } = this.#role;
    const form = new URLSearchParams({
      Action: action,
      Version: apiVersion,
      RoleArn: arn,
      RoleSessionName: sessionName,
    });
    form.set("DurationSeconds", String(durationS));
    for (const [index, [key, value]] of tags.entries()) {
      form.set(`Tags.member.${index + 1}.Key`, key);
      form.set(`Tags.member.${index + 1}.Value`, value);
    }
    for (const [index, policy] of policyArns.entries()) form.set(`PolicyArns.member.${index + 1}.arn`, policy);
    if (policyFile !== null) form.set("Policy", await policyText(policyFile));
    if (externalIdReference !== null) form.set("ExternalId", this.#secret(externalIdReference));
    if (webIdentityReference !== null) form.set("WebIdentityToken", this.#secret(webIdentityReference));
    return form.toString();
  }

  #signature(headers: Readonly<Record<string, string>>, body: string): Record<string, string> {
    const keys = this.#deps.keys();
    if (keys === null)
      throw new CredentialFailure("misconfigured", "AssumeRole is signed with keys, and there are none");
    const flat = Object.entries(headers).flat();
    const request = {
      method: "POST",
      origin: this.#role.endpoint,
      target: "/",
      headers: flat,
      body: Buffer.from(body),
    };
    const added = signedHeaders(request, keys, { region: this.#region, service: "sts" }, this.#deps.clock.now());
    return Object.fromEntries(added.flatMap((name, at) => (at % 2 === 0 ? [[name, added[at + 1] as string]] : [])));
  }

  #sessionIn(xml: string): LeasedSecret {
    const credentials = elementIn(xml, "Credentials") ?? "";
    const names = ["AccessKeyId", "SecretAccessKey", "SessionToken"];
    const fields = new Map(names.flatMap((name) => entryOf(name, elementIn(credentials, name))));
    const expires = Date.parse(elementIn(credentials, "Expiration") ?? "");
    if (fields.size < names.length || Number.isNaN(expires))
      throw new CredentialFailure("unreachable", "sts gave an answer without credentials");
    return { id: "", fields, ttlMs: Math.max(1, expires - this.#deps.clock.now()), renewable: false };
  }

  #secret(reference: string): string {
    try {
      return this.#deps.secret(reference);
    } catch (failure) {
      throw new CredentialFailure("misconfigured", (failure as Error).message, failure);
    }
  }
}

async function policyText(file: string): Promise<string> {
  try {
    return JSON.stringify(parseJson(await readFile(file, "utf8")));
  } catch (failure) {
    throw new CredentialFailure("misconfigured", `the session policy ${file} cannot be read as JSON`, failure);
  }
}

function entryOf(name: string, value: string | null): [string, string][] {
  return value === null || value === "" ? [] : [[name, value]];
}

/** The text of the one element of this name. Keys, tokens and times hold none of XML's own characters. */
function elementIn(xml: string, name: string): string | null {
  const [found, ...others] = [...xml.matchAll(new RegExp(`<${name}>([^]*?)</${name}>`, "g"))];
  return found === undefined || others.length > 0 ? null : (found[1] as string).trim();
}

/** What STS says in one word, where it is a word that is documented. */
const codes: ReadonlySet<string> = new Set([
  ...["AccessDenied", "ExpiredToken", "ExpiredTokenException", "IDPCommunicationError", "IDPRejectedClaim"],
  ...["InvalidClientTokenId", "InvalidIdentityToken", "MalformedPolicyDocument", "PackedPolicyTooLarge"],
  ...["RegionDisabledException", "SignatureDoesNotMatch", "Throttling", "ValidationError"],
]);

function refusalOf(
  { status, text }: { readonly status: number; readonly text: string },
  action: string,
): CredentialFailure {
  const code = elementIn(text, "Code") ?? "";
  const failure = answeredBadly("sts", status, action);
  return codes.has(code) ? new CredentialFailure(failure.kind, `${failure.message}: ${code}`) : failure;
}
