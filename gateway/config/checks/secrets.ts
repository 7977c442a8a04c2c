import { createPrivateKey } from "node:crypto";
import { webhookKey } from "../../net/webhook-signature.ts";
import type { Finding, Path } from "../../lib/yaml-places.ts";
import { secretKey, signingAlgorithm } from "../bundle-keys.ts";
import { type ChannelsValues, type Draft, present } from "../draft.ts";
import { parseReference, readSecret } from "../environment.ts";
import { policyReferences, signingBlocks } from "./bundle-services.ts";
import { insecure } from "./channels.ts";
import { storeUrl } from "./store.ts";
import { credentialSecrets, vaultSecrets } from "./credential-secrets.ts";

interface Reference {
  readonly value: string;
  readonly path: Path;
}

/** Secrets are referred to, never written down. The value is not repeated: it may be the secret. */
export function checkReferences(draft: Draft): Finding[] {
  return references(draft).flatMap(({ value, path }) => {
    if (parseReference(value, draft.folder) !== null) return [];
    const message = "a secret must not stand here; keep it elsewhere and refer to it as env:NAME or file:PATH";
    return [{ path, at: "value" as const, message }];
  });
}

/** Each secret can be read now, so that a missing one stops the start and not a call. */
export function checkSecrets(draft: Draft): Finding[] {
  return references(draft).flatMap(({ value, path }) => {
    const reference = parseReference(value, draft.folder);
    if (reference === null) return [];
    try {
      readSecret(reference);
      return [];
    } catch (failure) {
      return [{ path, at: "value" as const, message: (failure as Error).message }];
    }
  });
}

/** Secrets that can be read and have an invalid form. Their values are never repeated. */
export function checkChannelSecrets(draft: Draft): Finding[] {
  if (draft.channels === null) return [];
  const teams = Object.entries(draft.channels.teams).map(([name, { url }]) =>
    channelReference(url, ["teams", name, "url"]),
  );
  return [
    ...webhookReferences(draft.channels).flatMap((one) =>
      unfit(one, draft.folder, (secret) => webhookKey(secret) !== null, "whsec_ and base64 of 24 to 64 random bytes"),
    ),
    ...teams.flatMap((one) => unfit(one, draft.folder, isPostAddress, "the https URL of a workflow")),
  ];
}

function isPostAddress(text: string): boolean {
  return URL.canParse(text) && (new URL(text).protocol === "https:" || !insecure(text));
}

/** HMAC secrets of bundle signatures that can be read and are too short for their algorithm. */
export function checkSigningSecrets(draft: Draft): Finding[] {
  return signingBlocks(draft).flatMap(({ signing, path }) =>
    Object.entries(signing.keys).flatMap(([id, key]) => {
      const algorithm = signingAlgorithm(key);
      if (key.secret === undefined || key.file !== undefined || !algorithm.startsWith("HS")) return [];
      const secret = readable(key.secret, draft.folder);
      if (secret === null) return [];
      try {
        secretKey(secret, algorithm);
        return [];
      } catch (failure) {
        const place = [...path, "keys", id, "secret"];
        return [{ path: place, at: "value" as const, message: (failure as Error).message }];
      }
    }),
  );
}

/** A configured key of digests, or of the policy's cache, that can be read and is short enough to be tried out. */
export function checkDigestKey(draft: Draft): Finding[] {
  return [...digestKeyReferences(draft), ...cacheKeyReferences(draft)].flatMap((one) =>
    unfit(one, draft.folder, (secret) => secret.length >= 32, "of at least 32 characters"),
  );
}

/** The key that signs the checkpoints of the log, when it can be read. */
export function checkLogKey(draft: Draft): Finding[] {
  return logKeyReferences(draft).flatMap((one) => unfit(one, draft.folder, isEd25519, "an Ed25519 key (PEM, PKCS #8)"));
}

function isEd25519(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === "ed25519";
  } catch {
    return false;
  }
}

function unfit(
  { value, path }: Reference,
  folder: string,
  fits: (secret: string) => boolean,
  wanted: string,
): Finding[] {
  const secret = readable(value, folder);
  if (secret === null || fits(secret)) return [];
  return [{ path, at: "value", message: `the secret there is not ${wanted}` }];
}

/** Null when it cannot be read, which `checkReferences` and `checkSecrets` report. */
function readable(value: string, folder: string): string | null {
  const reference = parseReference(value, folder);
  if (reference === null) return null;
  try {
    return readSecret(reference);
  } catch {
    return null;
  }
}

function references(draft: Draft): Reference[] {
  const login = draft.listeners?.console.login?.client_secret;
  return [
    ...(login === undefined ? [] : [{ value: login, path: ["listeners", "console", "login", "client_secret"] }]),
    ...draft.credentials.flatMap(([name, one]) =>
      credentialSecrets(one).map(([value, ...path]) => ({ value, path: ["credentials", name, ...path] })),
    ),
    ...draft.vaults.flatMap(([name, { auth }]) =>
      vaultSecrets(auth).map(([value, ...place]) => ({ value, path: ["vaults", name, "auth", ...place] })),
    ),
    ...Object.entries(draft.connectedAccounts?.keys ?? {}).map(([id, value]) => ({
      value,
      path: ["connected_accounts", "keys", id],
    })),
    ...environmentReferences(draft),
    ...present(draft.issuers).flatMap(({ item, index }) =>
      item.introspection === undefined
        ? []
        : [
            {
              value: item.introspection.client_secret,
              path: ["issuers", index, "introspection", "client_secret"],
            },
          ],
    ),
    ...(draft.authzen?.callbacks.secret === undefined
      ? []
      : [{ value: draft.authzen.callbacks.secret, path: ["authzen", "callbacks", "secret"] }]),
    ...authorizationReferences(draft),
    ...digestKeyReferences(draft),
    ...cacheKeyReferences(draft),
    ...logKeyReferences(draft),
    ...(draft.store?.postgres === undefined ? [] : [{ value: draft.store.postgres.url, path: storeUrl }]),
    ...shipReferences(draft),
    ...channelReferences(draft),
    ...signalReferences(draft),
    ...policyReferences(draft),
  ];
}

function authorizationReferences({ authorization }: Draft): Reference[] {
  const provider = authorization?.sign_in?.client_secret;
  return [
    ...(provider === undefined ? [] : [{ value: provider, path: ["authorization", "sign_in", "client_secret"] }]),
    ...(authorization?.clients ?? []).flatMap(({ client_secret }, index) =>
      client_secret === undefined
        ? []
        : [{ value: client_secret, path: ["authorization", "clients", index, "client_secret"] }],
    ),
  ];
}

/** Any other value of a variable is the value itself. */
function environmentReferences({ routes, folder }: Draft): Reference[] {
  return present(routes).flatMap(({ item, index }) =>
    Object.entries(item.upstream.command?.env ?? {}).flatMap(([name, value]) =>
      parseReference(value, folder) === null
        ? []
        : [{ value, path: ["routes", index, "upstream", "command", "env", name] }],
    ),
  );
}

function digestKeyReferences({ sessions }: Draft): Reference[] {
  const value = sessions?.digest_key;
  return value === undefined ? [] : [{ value, path: ["sessions", "digest_key"] }];
}

function cacheKeyReferences({ policy }: Draft): Reference[] {
  const value = policy?.cache.key;
  return value === undefined ? [] : [{ value, path: ["policy", "cache", "key"] }];
}

function logKeyReferences({ record }: Draft): Reference[] {
  const value = record?.signing_key;
  return value === undefined ? [] : [{ value, path: ["record", "signing_key"] }];
}

function shipReferences({ record }: Draft): Reference[] {
  return (record?.ship ?? []).flatMap((one, index) => {
    const at = (place: string, value: string | undefined): Reference[] =>
      value === undefined ? [] : [{ value, path: ["record", "ship", index, place] }];
    if (one.to === "opa" || one.to === "otlp") return at("token", one.token);
    if (one.to !== "s3") return [];
    const { access_key_id: id, secret_access_key: secret, session_token: session } = one;
    return [...at("access_key_id", id), ...at("secret_access_key", secret), ...at("session_token", session)];
  });
}

function channelReferences({ channels }: Draft): Reference[] {
  if (channels === null) return [];
  return [
    ...webhookReferences(channels),
    ...Object.entries(channels.slack).map(([name, { token }]) => channelReference(token, ["slack", name, "token"])),
    ...Object.entries(channels.email).flatMap(([name, { smtp }]) =>
      smtp.password === undefined ? [] : [channelReference(smtp.password, ["email", name, "smtp", "password"])],
    ),
    ...Object.entries(channels.teams).map(([name, { url }]) => channelReference(url, ["teams", name, "url"])),
    ...Object.entries(channels.pagerduty).map(([name, { routing_key }]) =>
      channelReference(routing_key, ["pagerduty", name, "routing_key"]),
    ),
  ];
}

function webhookReferences({ webhooks }: ChannelsValues): Reference[] {
  return Object.entries(webhooks).flatMap(([name, { secrets }]) =>
    secrets.map((secret, place) => channelReference(secret, ["webhooks", name, "secrets", place])),
  );
}

function channelReference(value: string, path: Path): Reference {
  return { value, path: ["channels", ...path] };
}

function signalReferences({ signals }: Draft): Reference[] {
  return present(signals).flatMap(({ item: { authorization, api }, index }) => {
    const at = (value: string | undefined, ...rest: string[]): Reference[] =>
      value === undefined ? [] : [{ value, path: ["signals", index, ...rest] }];
    return [
      ...at(authorization, "authorization"),
      ...at(api.authorization, "api", "authorization"),
      ...at(api.client?.client_secret, "api", "client", "client_secret"),
    ];
  });
}
