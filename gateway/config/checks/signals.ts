import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { signalEvents, type SignalName } from "../../domain/signal.ts";
import { didYouMean } from "../../lib/did-you-mean.ts";
import type { Finding, Path } from "../../lib/yaml-places.ts";
import { isLoopback, literalClass } from "../../net/addresses.ts";
import { tokenGivers } from "../authorized-here.ts";
import { type Draft, present, type TransmitterValues } from "../draft.ts";

export function checkSignals(draft: Draft): Finding[] {
  const all = present(draft.signals);
  if (all.length === 0) return [];
  return [
    ...all.flatMap(({ item, index }) => {
      const path = ["signals", index];
      return [
        ...speaksFor(item, path, draft),
        ...delivery(item, path),
        ...audience(item, path, draft),
        ...keys(item, path, draft.folder),
        ...api(item, path),
        ...actions(item, path),
      ];
    }),
    ...sameIds(all),
    ...(all.some(({ item }) => item.delivery === "push") ? ownPath(draft) : []),
  ];
}

function speaksFor({ issuer, about }: TransmitterValues, path: Path, draft: Draft): Finding[] {
  if (about !== undefined) {
    const known = tokenGivers(draft);
    return about.flatMap((id, at) =>
      known.includes(id) ? [] : [finding([...path, "about", at], `no issuer has the id ${id}${didYouMean(id, known)}`)],
    );
  }
  const { issuers, authorization } = draft;
  if (present(issuers).some(({ item }) => item.issuer === issuer)) return [];
  if (authorization?.sign_in?.issuer === issuer) return [];
  return [
    finding([...path, "about"], "is required: no issuer has this transmitter's iss, so name those it may speak for"),
  ];
}

function delivery({ delivery: how, authorization, poll, stream }: TransmitterValues, path: Path): Finding[] {
  if (how === "push") {
    if (authorization !== undefined) return [];
    return [finding([...path, "authorization"], "is required: without it anybody could post signals")];
  }
  const meaningless: Finding[] =
    authorization === undefined
      ? []
      : [{ path: [...path, "authorization"], at: "key", message: "means nothing to a stream that is polled; see api" }];
  if (stream !== undefined || poll.url !== undefined) return meaningless;
  return [
    ...meaningless,
    finding([...path, "poll", "url"], "is required without the section stream, which finds it out"),
  ];
}

function audience({ audience: named }: TransmitterValues, path: Path, { listeners }: Draft): Finding[] {
  const agents = listeners?.agents;
  if (named !== undefined || agents === undefined || agents.public_url !== undefined || agents.port !== 0) return [];
  const message = "is required when the agents listener takes any free port and has no public_url";
  return [finding([...path, "audience"], message)];
}

function keys({ jwks }: TransmitterValues, path: Path, folder: string): Finding[] {
  if (jwks === undefined) return [];
  if ((jwks.url === undefined) === (jwks.file === undefined))
    return [finding([...path, "jwks"], "needs either url or file")];
  if (jwks.file !== undefined && !existsSync(resolve(folder, jwks.file)))
    return [finding([...path, "jwks", "file"], `no such file: ${jwks.file}`)];
  if (jwks.url === undefined || !isOpen(jwks.url, jwks.allow_insecure)) return [];
  return [finding([...path, "jwks", "url"], `plain http beyond loopback lets others forge signals; ${instead}`)];
}

const instead = "use https, or say allow_insecure: true";

function api({ issuer, api: how, poll }: TransmitterValues, path: Path): Finding[] {
  const urls: readonly (readonly [Path, string | undefined])[] = [
    [["issuer"], how.metadata === undefined ? issuer : undefined],
    [["api", "metadata"], how.metadata],
    [["api", "client", "token_endpoint"], how.client?.token_endpoint],
    [["poll", "url"], poll.url],
  ];
  const both = how.client !== undefined && how.authorization !== undefined;
  return [
    ...(both ? [finding([...path, "api"], "has either authorization or client")] : []),
    ...urls.flatMap(([at, url]) => (url === undefined ? [] : reach(url, how, [...path, ...at]))),
  ];
}

function reach(url: string, { allow_insecure, allow_addresses }: TransmitterValues["api"], path: Path): Finding[] {
  const { hostname } = new URL(url);
  const needed = hostname === "localhost" ? "loopback" : literalClass(hostname);
  return [
    ...(isOpen(url, allow_insecure)
      ? [finding(path, `plain http beyond loopback lets others forge signals; ${instead}`)]
      : []),
    ...(needed === null || needed === "public" || allow_addresses.includes(needed)
      ? []
      : [finding(path, `${hostname} is a ${needed} address; say api.allow_addresses: [${needed}] to allow it`)]),
  ];
}

function isOpen(text: string, allowed: boolean): boolean {
  const url = new URL(text);
  return url.protocol === "http:" && !allowed && !isLoopback(url.hostname);
}

/** What would be ignored is refused instead. */
function actions({ events }: TransmitterValues, path: Path): Finding[] {
  return (Object.keys(signalEvents) as SignalName[]).flatMap((name) => {
    const { do: action, for: during, level } = events[name];
    const at = [...path, "events", name];
    return [
      ...(level !== undefined && action !== "risk"
        ? [{ path: [...at, "level"], at: "key" as const, message: "means nothing unless do is risk" }]
        : []),
      ...(level !== undefined && name === "risk-level-change"
        ? [{ path: [...at, "level"], at: "key" as const, message: "the event says the level itself" }]
        : []),
      ...(during !== undefined && action === "ignore"
        ? [{ path: [...at, "for"], at: "key" as const, message: "means nothing when do is ignore" }]
        : []),
    ];
  });
}

function sameIds(all: readonly { readonly item: TransmitterValues; readonly index: number }[]): Finding[] {
  return all.flatMap(({ item, index }, at) =>
    all.slice(0, at).some((other) => other.item.id === item.id)
      ? [finding(["signals", index, "id"], `the id ${item.id} is used twice`)]
      : [],
  );
}

/** A route at these paths would never be reached. */
function ownPath({ routes }: Draft): Finding[] {
  return present(routes)
    .filter(({ item }) => item.prefix === "/signals" || item.prefix.startsWith("/signals/"))
    .map(({ index }) =>
      finding(["routes", index, "prefix"], "/signals belongs to the gateway itself when signals are pushed to it"),
    );
}

function finding(path: Path, message: string): Finding {
  return { path, at: "value", message };
}
