import type { Finding, Path } from "../../lib/yaml-places.ts";
import { tokenGivers } from "../authorized-here.ts";
import type { CredentialValues, Draft } from "../draft.ts";
import { parseReference, readSecret } from "../environment.ts";

type Values = Extract<CredentialValues, { provider: "person" }>;

/** Credentials of people, and what they need beside: a console to connect them in, and keys that seal them. */
export function checkPersonCredentials(draft: Draft): Finding[] {
  const people = draft.credentials.flatMap(([name, one]) =>
    one.provider === "person" ? [{ one, path: ["credentials", name] as Path }] : [],
  );
  const issuerIds = tokenGivers(draft);
  return [
    ...people.flatMap(({ one, path }) => trust(one, path, issuerIds)),
    ...(people[0] === undefined ? [] : around(draft, people[0].path)),
    ...sealWith(draft),
  ];
}

/** Whoever may say for whom a call is made, chooses whose account it uses. */
function trust({ issuers }: Values, path: Path, known: readonly string[]): Finding[] {
  if (issuers === undefined) {
    if (known.length < 2) return [];
    const message = "is required with several issuers: those whose tokens may say for which person a call is made";
    return [{ path: [...path, "issuers"], at: "value", message }];
  }
  return issuers.flatMap((name, index) =>
    known.includes(name)
      ? []
      : [{ path: [...path, "issuers", index], at: "value" as const, message: `no issuer has the id ${name}` }],
  );
}

function around({ listeners, connectedAccounts }: Draft, path: Path): Finding[] {
  const findings: Finding[] = [];
  if (connectedAccounts === null) {
    const message = "needs connected_accounts: the keys that seal the tokens of people";
    findings.push({ path: [...path, "provider"], at: "value", message });
  }
  if (listeners !== null && listeners.console.login === undefined) {
    const message = "needs listeners.console.login: people connect their accounts in the console";
    findings.push({ path: [...path, "provider"], at: "value", message });
  }
  return findings;
}

function sealWith({ connectedAccounts }: Draft): Finding[] {
  if (connectedAccounts === null || Object.hasOwn(connectedAccounts.keys, connectedAccounts.seal_with)) return [];
  const message = `no key has the id ${connectedAccounts.seal_with}`;
  return [{ path: ["connected_accounts", "seal_with"], at: "value", message }];
}

/** Keys that can be read and are no keys. Their values are never repeated. */
export function checkSealingKeys({ connectedAccounts, folder }: Draft): Finding[] {
  return Object.entries(connectedAccounts?.keys ?? {}).flatMap(([id, value]) => {
    const reference = parseReference(value, folder);
    if (reference === null) return [];
    try {
      if (isSealingKey(readSecret(reference))) return [];
    } catch {
      // Said by `checkSecrets`.
      return [];
    }
    const message = "the secret there is not 32 random bytes in base64";
    return [{ path: ["connected_accounts", "keys", id], at: "value", message }];
  });
}

function isSealingKey(text: string): boolean {
  return /^[A-Za-z0-9+/_-]{43}=?$/.test(text);
}
