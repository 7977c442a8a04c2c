import { webhookKey } from "../../net/webhook-secret.ts";
import type { ChannelsValues, Draft } from "../draft.ts";
import { parseReference, readSecret } from "../environment.ts";
import type { Finding, Path } from "../../lib/yaml-places.ts";
import { insecure } from "./channels.ts";

interface Reference {
  readonly value: string;
  readonly path: Path;
}

export function channelReferences({ channels }: Draft): Reference[] {
  if (channels === null) return [];
  return [
    ...signingReferences(channels),
    ...Object.entries(channels.slack).map(([name, { token }]) => at(token, ["slack", name, "token"])),
    ...Object.entries(channels.email).flatMap(([name, { smtp }]) =>
      smtp.password === undefined ? [] : [at(smtp.password, ["email", name, "smtp", "password"])],
    ),
    ...Object.entries(channels.teams).map(([name, { url }]) => at(url, ["teams", name, "url"])),
    ...Object.entries(channels.pagerduty).map(([name, { routing_key }]) =>
      at(routing_key, ["pagerduty", name, "routing_key"]),
    ),
  ];
}

function signingReferences({ webhooks }: ChannelsValues): Reference[] {
  return Object.entries(webhooks).flatMap(([name, { secrets }]) =>
    secrets.map((secret, place) => at(secret, ["webhooks", name, "secrets", place])),
  );
}

function at(value: string, path: Path): Reference {
  return { value, path: ["channels", ...path] };
}

/** Secrets that can be read and would still not do. What they are is never repeated. */
export function checkChannelSecrets(draft: Draft): Finding[] {
  if (draft.channels === null) return [];
  const teams = Object.entries(draft.channels.teams).map(([name, { url }]) => at(url, ["teams", name, "url"]));
  return [
    ...signingReferences(draft.channels).flatMap((one) =>
      unfit(one, draft.folder, (secret) => webhookKey(secret) !== null, "whsec_ and base64 of 24 to 64 random bytes"),
    ),
    ...teams.flatMap((one) => unfit(one, draft.folder, isPostAddress, "the https URL of a workflow")),
  ];
}

function isPostAddress(text: string): boolean {
  return URL.canParse(text) && (new URL(text).protocol === "https:" || !insecure(text));
}

function unfit(
  { value, path }: Reference,
  folder: string,
  fits: (secret: string) => boolean,
  wanted: string,
): Finding[] {
  const reference = parseReference(value, folder);
  if (reference === null) return [];
  try {
    return fits(readSecret(reference)) ? [] : [{ path, at: "value", message: `the secret there is not ${wanted}` }];
  } catch {
    // That it cannot be read is said elsewhere.
    return [];
  }
}
