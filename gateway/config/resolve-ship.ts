import { resolve } from "node:path";
import type { ClientTls, HttpTarget, ShipSettings, ShipTarget, TraceSettings } from "../domain/shipping.ts";
import { absoluteReference } from "./environment.ts";
import type { ConfigValues } from "./schema.ts";

type ShipValues = ConfigValues["record"]["ship"][number];

export function resolveShip(values: ShipValues, folder: string): ShipSettings {
  const { name, every, timeout, retry, degraded_after, unready_after, retain } = values;
  return {
    name,
    to: targetOf(values, folder),
    everyMs: every,
    timeoutMs: timeout,
    retry: { firstMs: retry.first, longestMs: retry.longest },
    degradedAfterMs: degraded_after,
    unreadyAfterMs: unready_after ?? null,
    retainMs: retain ?? null,
  };
}

function targetOf(values: ShipValues, folder: string): ShipTarget {
  if (values.to === "stdout") return { kind: "stdout", format: values.format };
  const reached = { addresses: new Set(values.allow_addresses), tls: tlsOf(values, folder) };
  if (values.to === "syslog") {
    const { host, port, facility, message: mostBytes, format } = values;
    const tls = values.tls ? reached.tls : null;
    return { kind: "syslog", host, port, facility, mostBytes, format, ...reached, tls };
  }
  if (values.to === "s3") {
    const { endpoint, bucket, region, prefix, access_key_id: id, secret_access_key: secret } = values;
    const session = values.session_token;
    const keys = {
      id: absoluteReference(id, folder),
      secret: absoluteReference(secret, folder),
      session: session === undefined ? null : absoluteReference(session, folder),
    };
    return {
      kind: "s3",
      endpoint,
      bucket,
      region,
      keys,
      ...reached,
      prefix: prefix === undefined ? "" : `${prefix}/`,
    };
  }
  const { url } = values;
  const sent = tokenOf(values, folder);
  if (values.to === "otlp") return { kind: "otlp", url, token: sent, ...reached };
  return { kind: "opa", url, token: sent, ...reached, chunkBytes: values.chunk };
}

type TracesValues = NonNullable<ConfigValues["traces"]>;

export function resolveTraces({ traces }: ConfigValues, folder: string): TraceSettings | null {
  if (traces === undefined) return null;
  const { url, timeout, sample, follow_callers: followsCallers, allow_addresses: addresses } = traces;
  return {
    url,
    timeoutMs: timeout,
    sample,
    followsCallers,
    token: tokenOf(traces, folder),
    tls: tlsOf(traces, folder),
    addresses: new Set(addresses),
  };
}

function tokenOf({ token, scheme }: Pick<TracesValues, "token" | "scheme">, folder: string): HttpTarget["token"] {
  return token === undefined ? null : { scheme, reference: absoluteReference(token, folder) };
}

function tlsOf({ ca, client }: Pick<TracesValues, "ca" | "client">, folder: string): ClientTls {
  return {
    caFile: ca === undefined ? null : resolve(folder, ca),
    client:
      client === undefined ? null : { certFile: resolve(folder, client.cert), keyFile: resolve(folder, client.key) },
  };
}
