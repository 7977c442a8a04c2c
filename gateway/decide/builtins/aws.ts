import { createHash, createHmac } from "node:crypto";

import type { Value } from "../value.ts";
import { RegoObject, bytesOf, compareStrings } from "../value.ts";
import { marshalJson } from "./json/marshal.ts";
import { chargeText, int64At, objectAt } from "./operands.ts";
import { UTC } from "./time/zone.ts";
import { formatTime } from "./time/format.ts";
import type { Builtin, BuiltinContext } from "./types.ts";
import { BuiltinError } from "./types.ts";
import { parseUri } from "./uri.ts";

/** AWS Signature Version 4 for a request object of http.send (https://docs.aws.amazon.com/general/latest/gr/sigv4_signing.html). */

const REQUEST_KEYS = new Set(
  (
    "method url body enable_redirect force_json_decode force_yaml_decode headers raw_body tls_use_system_certs " +
    "tls_ca_cert tls_ca_cert_file tls_ca_cert_env_variable tls_client_cert tls_client_cert_file " +
    "tls_client_cert_env_variable tls_client_key tls_client_key_file tls_client_key_env_variable " +
    "tls_insecure_skip_verify tls_server_name timeout cache force_cache force_cache_duration_seconds raise_error " +
    "caching_mode max_retry_attempts cache_ignored_headers"
  ).split(" "),
);
const UNSIGNED_HEADERS = new Set(["authorization", "user-agent", "x-amzn-trace-id"]);

interface Credentials {
  readonly service: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
  readonly sessionToken: string;
  readonly unsignedPayload: boolean;
}

function readCredentials(config: RegoObject): Credentials {
  const required = (name: string): string => {
    const value = config.get(name);
    if (typeof value === "string") return value;
    throw new BuiltinError(`operand 2 missing or invalid AWS config parameter: ${name}`);
  };
  const token = config.get("aws_session_token");
  const unsigned = config.get("disable_payload_signing") ?? false;
  if (typeof unsigned !== "boolean") {
    throw new BuiltinError("operand 2 invalid value for 'disable_payload_signing' in AWS config");
  }
  return {
    service: required("aws_service"),
    accessKey: required("aws_access_key"),
    secretKey: required("aws_secret_access_key"),
    region: required("aws_region"),
    sessionToken: typeof token === "string" ? token : "",
    unsignedPayload: unsigned,
  };
}

interface Request {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
}

function readRequest(context: BuiltinContext, request: RegoObject): Request {
  const foreign = request.keys().find((key) => typeof key !== "string" || !REQUEST_KEYS.has(key));
  if (foreign !== undefined) throw new BuiltinError("operand 1 invalid request parameter");
  const method = request.get("method");
  const url = request.get("url");
  if (typeof method !== "string" || typeof url !== "string") {
    throw new BuiltinError("operand 1 missing or invalid request parameters: method, url");
  }
  const headers = objectAt(0, request.get("headers") ?? new RegoObject());
  const uri = parseUri(url);
  const body = bodyOf(request);
  chargeText(context, 4_000 + url.length * 16, body.length * 4);
  const texts = headers.entries().map(([name, value]) => [textOf(name), textOf(value)] as const);
  return { method, host: uri.host, path: uri.escapedPath, query: uri.rawQuery, headers: texts, body };
}

function bodyOf(request: RegoObject): Buffer {
  const raw = request.get("raw_body");
  if (raw !== undefined) return bytesOf(textOf(raw));
  const body = request.get("body");
  return body === undefined ? Buffer.alloc(0) : bytesOf(marshalJson(body));
}

/** Anything but a string counts as empty. */
function textOf(value: Value): string {
  return typeof value === "string" ? value : "";
}

function sha256(data: Buffer | string): string {
  return createHash("sha256").update(data).digest("hex");
}

function mac(key: Buffer | string, message: string): Buffer {
  return createHmac("sha256", key).update(message).digest();
}

interface Signed {
  readonly authorization: string;
  readonly awsHeaders: Readonly<Record<string, string>>;
}

function sign(request: Request, credentials: Credentials, timestamp: string): Signed {
  const date = timestamp.slice(0, 8);
  const contentHash = credentials.unsignedPayload ? "UNSIGNED-PAYLOAD" : sha256(request.body);
  const awsHeaders: Record<string, string> = { host: request.host, "x-amz-date": timestamp };
  if (credentials.service === "s3" || credentials.service === "glacier")
    awsHeaders["x-amz-content-sha256"] = contentHash;
  if (credentials.sessionToken !== "") awsHeaders["x-amz-security-token"] = credentials.sessionToken;
  const toSign = new Map(Object.entries(awsHeaders));
  for (const [name, value] of request.headers) {
    if (!UNSIGNED_HEADERS.has(name.toLowerCase())) toSign.set(name.toLowerCase(), value);
  }
  const names = [...toSign.keys()].sort(compareStrings);
  const lines = names.map((name) => `${name}:${toSign.get(name)}\n`).join("");
  const list = names.join(";");
  const canonical = [request.method, request.path, request.query, lines, list, contentHash].join("\n");
  const scope = `${date}/${credentials.region}/${credentials.service}/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", timestamp, scope, sha256(bytesOf(canonical))].join("\n");
  const key = [credentials.region, credentials.service, "aws4_request"].reduce<Buffer>(
    mac,
    mac(`AWS4${credentials.secretKey}`, date),
  );
  const signature = mac(key, text).toString("hex");
  return {
    authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKey}/${scope},SignedHeaders=${list},Signature=${signature}`,
    awsHeaders,
  };
}

const signRequest: Builtin = (context, requestObject, config, timeNs) => {
  const object = objectAt(1, requestObject);
  const credentials = readCredentials(objectAt(1, config));
  const nanoseconds = int64At(1, timeNs);
  const request = readRequest(context, object);
  const billion = 1_000_000_000n;
  const seconds = Number((nanoseconds - (((nanoseconds % billion) + billion) % billion)) / billion);
  const timestamp = formatTime({ seconds, nanoseconds: 0, zone: UTC }, "20060102T150405Z");
  const { authorization, awsHeaders } = sign(request, credentials, timestamp);
  const headers = RegoObject.from(request.headers).set("Authorization", authorization);
  for (const [name, value] of Object.entries(awsHeaders)) headers.set(name, value);
  return RegoObject.from(object.entries()).set("headers", headers);
};

export const aws: Readonly<Record<string, Builtin>> = { "providers.aws.sign_req": signRequest };
