import { resolve } from "node:path";
import { publicKey, secretKey } from "../bundle-keys.ts";
import type { Draft, SigningValues } from "../draft.ts";
import { parseReference, readSecret } from "../environment.ts";
import type { Finding, Path } from "../../lib/yaml-places.ts";
import { signingAlgorithm } from "../resolve-signing.ts";

const place: Path = ["policy", "signing"];

/** Keys that can be used, and something that they sign. */
export function checkSigning(draft: Draft): Finding[] {
  const signing = draft.policy?.signing;
  if (signing === undefined) return [];
  const { keyid, keys } = signing;
  const unknown = keyid !== undefined && !Object.hasOwn(keys, keyid);
  return [
    ...unsignable(draft),
    ...(unknown ? [at([...place, "keyid"], `is none of keys: ${Object.keys(keys).join(", ")}`)] : []),
    ...Object.entries(keys).flatMap(([id, key]) => keyFindings(key, [...place, "keys", id], draft.folder)),
  ];
}

/** Secrets that can be read and are too short to sign with. */
export function checkSigningSecrets({ policy, folder }: Draft): Finding[] {
  return Object.entries(policy?.signing?.keys ?? {}).flatMap(([id, key]) => {
    const algorithm = signingAlgorithm(key);
    if (key.secret === undefined || key.file !== undefined || !algorithm.startsWith("HS")) return [];
    const reference = parseReference(key.secret, folder);
    if (reference === null) return [];
    const secret = said(() => readSecret(reference));
    if ("problem" in secret) return [];
    const weak = said(() => secretKey(secret.value, algorithm));
    return "problem" in weak ? [at([...place, "keys", id, "secret"], weak.problem)] : [];
  });
}

export function signingReferences({ policy }: Draft): { readonly value: string; readonly path: Path }[] {
  return Object.entries(policy?.signing?.keys ?? {}).flatMap(([id, { secret }]) =>
    secret === undefined ? [] : [{ value: secret, path: [...place, "keys", id, "secret"] }],
  );
}

/** Rules in a folder are compiled here, whoever wrote them: keys beside them would only look like a protection. */
function unsignable({ policy }: Draft): Finding[] {
  if (typeof policy?.source !== "string") return [];
  const message = "a folder of rules carries no signature; name a built bundle: source: { archive: FILE }";
  return [{ path: place, at: "key", message }];
}

function keyFindings(key: SigningValues["keys"][string], path: Path, folder: string): Finding[] {
  if ((key.file === undefined) === (key.secret === undefined))
    return [at(path, "needs one of file and secret, and only one")];
  const algorithm = signingAlgorithm(key);
  if (key.file === undefined) {
    return algorithm.startsWith("HS")
      ? []
      : [at([...path, "algorithm"], `${algorithm} verifies with a public key; name it as file`)];
  }
  const { file } = key;
  const read = said(() => publicKey(resolve(folder, file), algorithm));
  return "problem" in read ? [at([...path, "file"], `${file} ${read.problem}`)] : [];
}

function said<T>(read: () => T): { readonly value: T } | { readonly problem: string } {
  try {
    return { value: read() };
  } catch (failure) {
    return { problem: (failure as Error).message };
  }
}

function at(path: Path, message: string): Finding {
  return { path, at: "value", message };
}
