/**
 * Checks a Signature Version 4 request as a server does: from what arrived, written anew from
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html and without the library that signs.
 */
import { createHmac, hash } from "node:crypto";

export interface ArrivedRequest {
  readonly method: string;
  /** As in the request line. */
  readonly target: string;
  /** Name and value in turn, as they arrived. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** @returns what does not hold; null when the signature is right */
export function signatureProblem(
  request: ArrivedRequest,
  secretOf: (accessKeyId: string) => string | null,
): string | null {
  const headers = valuesOf(request.headers);
  const given =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      headers.get("authorization") ?? "",
    );
  if (given === null) return "there is no signature";
  const [, key = "", day = "", region = "", service = "", names = "", signature = ""] = given;
  const secret = secretOf(key);
  if (secret === null) return "nobody has this key";
  const must = ["host", ...[...headers.keys()].filter((name) => name.startsWith("x-amz-"))];
  const signed = names.split(";");
  const forgotten = must.filter((name) => !signed.includes(name));
  if (forgotten.length > 0) return `not signed: ${forgotten.join(", ")}`;
  const payload = hash("sha256", request.body);
  if (headers.get("x-amz-content-sha256") !== payload) return "the body has another digest";
  const canonical = canonicalRequest(request, headers, signed, payload, service === "s3");
  const date = headers.get("x-amz-date") ?? "";
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", date, scope, hash("sha256", canonical)].join("\n");
  const signingKey = [day, region, service, "aws4_request"].reduce<Buffer>(
    (from, part) => createHmac("sha256", from).update(part).digest(),
    Buffer.from(`AWS4${secret}`),
  );
  const expected = createHmac("sha256", signingKey).update(text).digest("hex");
  return expected === signature ? null : `the signature is not that of\n${canonical}`;
}

function canonicalRequest(
  { method, target }: ArrivedRequest,
  headers: ReadonlyMap<string, string>,
  signed: readonly string[],
  payload: string,
  encodedOnce: boolean,
): string {
  const [path = "/", query = ""] = target.split("?", 2);
  const pathText = encodedOnce ? path : path.split("/").map(encoded).join("/");
  const pairs =
    query === ""
      ? []
      : query.split("&").map((pair) => pair.split("=", 2).map((part) => encoded(decodeURIComponent(part))));
  const queryText = pairs
    .map(([name = "", value = ""]) => `${name}=${value}`)
    .toSorted()
    .join("&");
  const lines = signed.map((name) => `${name}:${(headers.get(name) ?? "").trim().replace(/ +/g, " ")}`);
  return [method, pathText, queryText, ...lines, "", signed.join(";"), payload].join("\n");
}

function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}

function valuesOf(flat: readonly string[]): Map<string, string> {
  const all = new Map<string, string>();
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const [name, value] = [(flat[at] as string).toLowerCase(), flat[at + 1] as string];
    all.set(name, all.has(name) ? `${all.get(name)},${value}` : value);
  }
  return all;
}
