import { join, resolve } from "node:path";
import type { Config, TimeStampConfig, WitnessConfig } from "./config.ts";
import { absoluteReference } from "./environment.ts";
import { resolveShip } from "./resolve-ship.ts";
import type { ConfigValues } from "./schema.ts";

export function resolveRecord({ record, instance }: ConfigValues, folder: string, dataDir: string): Config["record"] {
  const { segment, signing_key: key, origin, retention, witness, time_stamp: timeStamp } = record;
  return {
    dir: record.dir === undefined ? join(dataDir, "log") : resolve(folder, record.dir),
    mask: record.mask,
    arguments: { keep: record.arguments.keep, maxBytes: record.arguments.max },
    bufferedCap: record.buffered_cap,
    answerDigests: record.answer_digest,
    segment: { bytes: segment.size, ageMs: segment.age ?? null },
    compress: record.compress === "none" ? null : record.compress,
    retention: { ageMs: retention.age ?? null, totalBytes: retention.total ?? null },
    lowSpaceBytes: record.low_space,
    originPrefix: `${origin}/${instance}`,
    signingKeyReference: key === undefined ? null : absoluteReference(key, folder),
    witness: witness === undefined ? null : resolveWitness(witness, folder),
    timeStamp: timeStamp === undefined ? null : resolveTimeStamp(timeStamp, folder),
    ship: record.ship.map((one) => resolveShip(one, folder)),
  };
}

function resolveWitness(
  { url, key, every, ca, allow_addresses: addresses }: NonNullable<ConfigValues["record"]["witness"]>,
  folder: string,
): WitnessConfig {
  return {
    url: url.endsWith("/") ? url : `${url}/`,
    vkey: key,
    everyMs: every,
    caFile: ca === undefined ? null : resolve(folder, ca),
    addresses: new Set(addresses),
  };
}

function resolveTimeStamp(
  { url, every, ca, allow_addresses: addresses }: NonNullable<ConfigValues["record"]["time_stamp"]>,
  folder: string,
): TimeStampConfig {
  const caFile = ca === undefined ? null : resolve(folder, ca);
  return { url, everyMs: every, caFile, addresses: new Set(addresses) };
}
