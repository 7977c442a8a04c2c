import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { isLoopback } from "../../net/addresses.ts";
import type { ChannelsValues, Draft } from "../draft.ts";
import type { Finding, Path } from "../../lib/yaml-places.ts";
import { didYouMean } from "../../lib/did-you-mean.ts";

const kinds = ["webhooks", "slack", "email", "teams", "pagerduty"] as const;

/** Channel names are unique, every channel is used by an entry of `notify`, and messages are encrypted on the way. */
export function checkChannels({ channels, folder }: Draft): Finding[] {
  if (channels === null) return [];
  return [...names(channels), ...routing(channels), ...exposed(channels), ...mail(channels, folder)];
}

function allNames(channels: ChannelsValues): { readonly name: string; readonly path: Path }[] {
  return kinds.flatMap((kind) =>
    Object.keys(channels[kind]).map((name) => ({ name, path: ["channels", kind, name] as Path })),
  );
}

function names(channels: ChannelsValues): Finding[] {
  const seen = new Set<string>();
  return allNames(channels).flatMap(({ name, path }) => {
    if (seen.has(name)) return [{ path, at: "key" as const, message: `another channel is called ${name} already` }];
    seen.add(name);
    return [];
  });
}

function routing(channels: ChannelsValues): Finding[] {
  const known = allNames(channels);
  const named = channels.notify.flatMap(({ to, escalate }, index) => [
    ...to.map((name, place) => ({ name, path: ["channels", "notify", index, "to", place] as Path })),
    ...(escalate?.to ?? []).map((name, place) => ({
      name,
      path: ["channels", "notify", index, "escalate", "to", place] as Path,
    })),
  ]);
  const everyName = known.map(({ name }) => name);
  return [
    ...named
      .filter(({ name }) => !everyName.includes(name))
      .map(({ name, path }) => ({
        path,
        at: "value" as const,
        message: `there is no channel ${name}${didYouMean(name, everyName)}`,
      })),
    ...known
      .filter(({ name }) => !named.some((other) => other.name === name))
      .map(({ path }) => ({
        path,
        at: "key" as const,
        message: "it is never used; name it in channels.notify",
      })),
  ];
}

function exposed(channels: ChannelsValues): Finding[] {
  const urls = [
    ...Object.entries(channels.webhooks).map(([name, { url, allow_insecure }]) => ({
      path: ["channels", "webhooks", name, "url"] as Path,
      open: !allow_insecure && insecure(url),
    })),
    ...Object.entries(channels.slack).map(([name, { api_url }]) => ({
      path: ["channels", "slack", name, "api_url"] as Path,
      open: insecure(api_url),
    })),
    ...Object.entries(channels.pagerduty).map(([name, { url }]) => ({
      path: ["channels", "pagerduty", name, "url"] as Path,
      open: insecure(url),
    })),
  ];
  return urls
    .filter(({ open }) => open)
    .map(({ path }) => ({
      path,
      at: "value" as const,
      message: "plain http beyond loopback lets others read along; use https",
    }));
}

/** Plain http to somewhere else than this machine. */
export function insecure(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol !== "https:" && !isLoopback(hostname);
}

function mail(channels: ChannelsValues, folder: string): Finding[] {
  return Object.entries(channels.email).flatMap(([name, { smtp }]): Finding[] => {
    const path = ["channels", "email", name, "smtp"];
    const findings: Finding[] = [];
    if ((smtp.user === undefined) !== (smtp.password === undefined))
      findings.push({ path, at: "value", message: "user and password go together" });
    if (smtp.security === "none" && !smtp.allow_insecure && !isLoopback(smtp.host)) {
      const message = "plain SMTP beyond loopback lets others read along; use starttls, or say allow_insecure: true";
      findings.push({ path: [...path, "security"], at: "value", message });
    }
    if (smtp.ca !== undefined && !existsSync(resolve(folder, smtp.ca)))
      findings.push({ path: [...path, "ca"], at: "value", message: `no such file: ${smtp.ca}` });
    return findings;
  });
}
