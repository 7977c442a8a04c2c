import { type AwsSecrets, signedHeaders } from "../../credentials/aws/sign.ts";
import { Sts } from "../../credentials/aws/sts.ts";
import { KeptValues } from "../../credentials/kept.ts";
import type { AwsKeys, AwsRole } from "../../domain/aws-credential.ts";
import type { ServiceAwsSettings } from "../../domain/bundle-service.ts";
import type { CredentialDeps, ServiceCredential } from "./service-credential.ts";

/** The name of the session in the role's logs. */
const sessionName = "sallyport";
/** The share of its life that a session is used for. */
const usedShare = 0.9;

/** Signs each request with the keys of the configuration, or with those of a session of STS. */
export function awsCredential(settings: ServiceAwsSettings, deps: CredentialDeps): ServiceCredential {
  const { region, service, keys, role } = settings;
  const secrets = role === null ? async () => keysOf(keys, deps) : sessionKeys(role, settings, deps);
  return {
    async proofOf({ method, url, headers, body }) {
      const { origin, pathname, search } = new URL(url);
      const request = {
        method,
        origin,
        target: pathname + search,
        headers: Object.entries(headers).flat(),
        body: body === null ? null : Buffer.from(body),
      };
      const flat = signedHeaders(request, await secrets(), { region, service }, deps.clock.now());
      return Object.fromEntries(flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] as string]] : [])));
    },
    refused: () => false,
  };
}

/** Read each time, so that rotated ones count. */
function keysOf(keys: AwsKeys | null, { secretIn }: CredentialDeps): AwsSecrets {
  if (keys === null) throw new Error("there are no keys to sign requests with");
  const { accessKeyIdReference, secretAccessKeyReference, sessionTokenReference } = keys;
  return {
    accessKeyId: secretIn(accessKeyIdReference),
    secretAccessKey: secretIn(secretAccessKeyReference),
    sessionToken: sessionTokenReference === null ? null : secretIn(sessionTokenReference),
  };
}

function sessionKeys(role: AwsRole, { region, keys }: ServiceAwsSettings, deps: CredentialDeps) {
  const { clock, secretIn } = deps;
  const sts = new Sts(role, region, {
    clock,
    secret: secretIn,
    keys: () => (keys === null ? null : keysOf(keys, deps)),
  });
  const sessions = new KeptValues<AwsSecrets>({ clock, capacity: 1 });
  return (): Promise<AwsSecrets> =>
    sessions.get("", async () => {
      const { fields, ttlMs } = await sts.session({ sessionName, tags: [], durationS: role.durationS });
      const value = {
        accessKeyId: fields.get("AccessKeyId") ?? "",
        secretAccessKey: fields.get("SecretAccessKey") ?? "",
        sessionToken: fields.get("SessionToken") ?? "",
      };
      return { value, forMs: (ttlMs ?? 0) * usedShare };
    });
}
