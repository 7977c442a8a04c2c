import type { Draft } from "../draft.ts";
import { parseReference, readSecret } from "../environment.ts";
import type { Finding } from "../locate.ts";

/** Secrets are referred to, never written down. The value is not repeated: it may be the secret. */
export function checkReferences(draft: Draft): Finding[] {
  return draft.credentials.flatMap(([name, credential]) => {
    if (parseReference(credential.value, draft.folder) !== null) return [];
    const message = "a secret must not stand here; keep it elsewhere and refer to it as env:NAME or file:PATH";
    return [{ path: ["credentials", name, "value"], at: "value" as const, message }];
  });
}

/** Each secret can be read now, so that a missing one stops the start and not a call. */
export function checkSecrets(draft: Draft): Finding[] {
  return draft.credentials.flatMap(([name, credential]) => {
    const reference = parseReference(credential.value, draft.folder);
    if (reference === null) return [];
    try {
      readSecret(reference);
      return [];
    } catch (failure) {
      return [{ path: ["credentials", name, "value"], at: "value" as const, message: (failure as Error).message }];
    }
  });
}
