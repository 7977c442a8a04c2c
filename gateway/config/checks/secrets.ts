import { channelReferences } from "./channel-secrets.ts";
import type { Draft } from "../draft.ts";
import { present } from "../draft.ts";
import { parseReference, readSecret } from "../environment.ts";
import type { Finding, Path } from "../../lib/yaml-places.ts";
import { signingReferences } from "./signing.ts";

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

function references(draft: Draft): { readonly value: string; readonly path: Path }[] {
  const login = draft.listeners?.console.login?.client_secret;
  return [
    ...(login === undefined ? [] : [{ value: login, path: ["listeners", "console", "login", "client_secret"] }]),
    ...draft.credentials.map(([name, { value }]) => ({ value, path: ["credentials", name, "value"] })),
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
    ...channelReferences(draft),
    ...signingReferences(draft),
  ];
}
