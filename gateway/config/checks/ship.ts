import type { Finding, Path } from "../../lib/yaml-places.ts";
import { isLoopback } from "../../net/addresses.ts";
import type { Draft } from "../draft.ts";
import { insecure } from "./channels.ts";
import { missingFile } from "./vault-credentials.ts";

type ShipValues = NonNullable<Draft["record"]>["ship"][number];

/** Destinations of the log: each has a name of its own, its files are there, and records are encrypted on the way. */
export function checkShip({ record, folder }: Draft): Finding[] {
  const names = new Set<string>();
  return (record?.ship ?? []).flatMap((one, index) => {
    const path = ["record", "ship", index];
    const isTaken = names.has(one.name);
    names.add(one.name);
    return [
      ...(isTaken ? [finding([...path, "name"], `another destination is called ${one.name} already`)] : []),
      ...lag(one, path),
      ...(one.to === "stdout" ? [] : reached(one, path, folder)),
    ];
  });
}

function lag({ degraded_after: degraded, unready_after: unready, retry }: ShipValues, path: Path): Finding[] {
  return [
    ...(unready !== undefined && unready < degraded
      ? [finding([...path, "unready_after"], "must not be shorter than degraded_after")]
      : []),
    ...(retry.longest < retry.first ? [finding([...path, "retry", "longest"], "must not be shorter than first")] : []),
  ];
}

function reached(values: Exclude<ShipValues, { to: "stdout" }>, path: Path, folder: string): Finding[] {
  const { ca, client } = values;
  return [
    ...plain(values, path),
    ...missingFile(ca, [...path, "ca"], folder),
    ...missingFile(client?.cert, [...path, "client", "cert"], folder),
    ...missingFile(client?.key, [...path, "client", "key"], folder),
  ];
}

function plain(values: Exclude<ShipValues, { to: "stdout" }>, path: Path): Finding[] {
  if (values.to === "syslog") {
    if (values.tls) return [];
    const files = (["ca", "client"] as const).filter((one) => values[one] !== undefined);
    return [
      ...(isLoopback(values.host)
        ? []
        : [finding([...path, "tls"], "plain TCP beyond loopback lets others read along; leave tls at true")]),
      ...files.map((one) => ({ path: [...path, one], at: "key" as const, message: "is for TLS, and tls is false" })),
    ];
  }
  const place = values.to === "s3" ? "endpoint" : "url";
  const url = values.to === "s3" ? values.endpoint : values.url;
  return insecure(url)
    ? [finding([...path, place], "plain http beyond loopback lets others read along; use https")]
    : [];
}

const finding = (path: Path, message: string): Finding => ({ path, at: "value", message });
