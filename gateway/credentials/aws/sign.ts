import { hash } from "node:crypto";
import aws4 from "aws4";
import type { RequestToSign } from "../../domain/ports.ts";

export interface AwsSecrets {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | null;
}

export interface SigningScope {
  readonly region: string;
  readonly service: string;
}

/** Lower-case names of the headers that signing adds. */
export const signingHeaders = ["authorization", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"] as const;

/** What proxies on the way may add to or change; their own tools do not sign these either. */
const unsigned: ReadonlySet<string> = new Set([
  ...["accept-encoding", "content-length", "te", "trailer", "transfer-encoding", "upgrade", "via"],
  ...["traceparent", "tracestate", "baggage", "forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"],
]);

/**
 * The headers that Signature Version 4 adds to a request, name and value in turn: over its method, path, query, body and every header
 * but those that proxies change (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 * @param now milliseconds since the epoch
 */
export function signedHeaders(
  { method, origin, target, headers, body }: RequestToSign,
  secrets: AwsSecrets,
  scope: SigningScope,
  now: number,
): string[] {
  const added: Record<string, string> = {
    "x-amz-content-sha256": hash("sha256", body ?? ""),
    "x-amz-date": new Date(now).toISOString().replace(/[:-]|\.\d{3}/g, ""),
    ...(secrets.sessionToken === null ? {} : { "x-amz-security-token": secrets.sessionToken }),
  };
  const whole = { host: new URL(origin).host, ...joined(headers), ...added };
  const authorization = authorizationOf({ method, target, headers: whole, body }, secrets, scope);
  return [...Object.entries(added), ["authorization", authorization]].flat();
}

interface PreparedRequest {
  readonly method: string;
  readonly target: string;
  /** Lower-case names, with x-amz-date and whatever else is to be signed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
}

/** The value of `authorization` for a request to which nothing is added any more. */
export function authorizationOf(
  { method, target, headers, body }: PreparedRequest,
  { accessKeyId, secretAccessKey }: AwsSecrets,
  { region, service }: SigningScope,
): string {
  const signer = new aws4.RequestSigner(
    {
      method,
      path: target,
      region,
      service,
      host: headers["host"] ?? "",
      headers: { ...headers },
      doNotModifyHeaders: true,
      ...(body === null ? {} : { body }),
    },
    { accessKeyId, secretAccessKey },
  );
  signer.datetime = headers["x-amz-date"] ?? "";
  return String(signer.sign().headers?.["Authorization"]);
}

/** What is signed of them. A header that comes twice is one, its values joined. */
function joined(headers: readonly string[]): Record<string, string> {
  const all: Record<string, string> = {};
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = (headers[at] as string).toLowerCase();
    const value = headers[at + 1] as string;
    if (unsigned.has(name)) continue;
    all[name] = Object.hasOwn(all, name) ? `${all[name]},${value}` : value;
  }
  return all;
}
