import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Finding, Path } from "../../lib/yaml-places.ts";
import type { CredentialValues, Draft, VaultValues } from "../draft.ts";
import { insecure } from "./channels.ts";

type Values = Extract<CredentialValues, { provider: "vault" }>;

/** Vault's servers, and the credentials that come from them. */
export function checkVaultCredentials(draft: Draft): Finding[] {
  return [
    ...draft.vaults.flatMap(([name, one]) => server(one, ["vaults", name], draft.folder)),
    ...draft.credentials.flatMap(([name, one]) => {
      const path = ["credentials", name];
      if (one.provider === "vault") return credential(one, path, draft.vaultNames);
      const key = one.provider === "signed_jwt" ? one.key : undefined;
      return key === undefined ? [] : known(key.vault, [...path, "key"], draft.vaultNames);
    }),
  ];
}

function known(vault: string, path: Path, vaults: readonly string[]): Finding[] {
  if (vaults.includes(vault)) return [];
  return [{ path: [...path, "vault"], at: "value", message: `no vault is named ${vault}` }];
}

function server({ address, ca }: VaultValues, path: Path, folder: string): Finding[] {
  const message = "plain http beyond loopback lets others read along; use https";
  return [
    ...(insecure(address) ? [{ path: [...path, "address"], at: "value" as const, message }] : []),
    ...missingFile(ca, [...path, "ca"], folder),
  ];
}

/** A file of the configuration that is not there. */
export function missingFile(file: string | undefined, path: Path, folder: string): Finding[] {
  if (file === undefined || existsSync(resolve(folder, file))) return [];
  return [{ path, at: "value", message: `no such file: ${file}` }];
}

const engines = ["kv", "dynamic", "transit"] as const;

function credential(values: Values, path: Path, vaults: readonly string[]): Finding[] {
  const given = engines.filter((engine) => values[engine] !== undefined);
  const findings: Finding[] = given.slice(1).map((engine) => ({
    path: [...path, engine],
    at: "key" as const,
    message: `a credential has one source; ${given[0]} is given already`,
  }));
  if (given.length === 0)
    findings.push({ path, at: "value", message: `needs one of ${engines.join(", ")}: where its secret comes from` });
  return [...findings, ...known(values.vault, path, vaults), ...template(values, path)];
}

function template({ template: text, transit }: Values, path: Path): Finding[] {
  if (text === undefined) {
    const message = 'is required: what is sent, such as "{api_key}"';
    return transit === undefined ? [{ path: [...path, "template"], at: "value", message }] : [];
  }
  if (/\{[A-Za-z0-9_.-]{1,100}\}/.test(text)) return [];
  return [{ path: [...path, "template"], at: "value", message: "has no field of the secret in it, such as {api_key}" }];
}
