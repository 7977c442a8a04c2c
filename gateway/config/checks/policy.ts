import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { Finding, Path } from "../../lib/yaml-places.ts";
import { publicKey, signingAlgorithm } from "../bundle-keys.ts";
import type { Draft, SigningValues } from "../draft.ts";

const signingPath: Path = ["policy", "signing"];

/** The source of the policy exists, the keys of its signature can be used, and there is an archive that they sign. */
export function checkPolicy(draft: Draft): Finding[] {
  return [...policySource(draft), ...signingFindings(draft)];
}

function signingFindings(draft: Draft): Finding[] {
  const signing = draft.policy?.signing;
  if (signing === undefined) return [];
  const { keyid, keys } = signing;
  const unknown = keyid !== undefined && !Object.hasOwn(keys, keyid);
  return [
    ...unsignable(draft),
    ...(unknown ? [at([...signingPath, "keyid"], `is none of keys: ${Object.keys(keys).join(", ")}`)] : []),
    ...Object.entries(keys).flatMap(([id, key]) => keyFindings(key, [...signingPath, "keys", id], draft.folder)),
  ];
}

function policySource(draft: Draft): Finding[] {
  const source = draft.policy?.source;
  if (source === undefined) return [];
  const folder = typeof source === "string";
  const named = folder ? source : source.archive;
  const path = folder ? ["policy", "source"] : ["policy", "source", "archive"];
  const stats = statSync(resolve(draft.folder, named), { throwIfNoEntry: false });
  if (stats === undefined) return [{ path, at: "value", message: `no such ${folder ? "folder" : "file"}: ${named}` }];
  if (folder && !stats.isDirectory())
    return [{ path, at: "value", message: `${named} is not a folder; a built bundle is { archive: ${named} }` }];
  if (!folder && !stats.isFile()) return [{ path, at: "value", message: `${named} is not a file` }];
  return [];
}

/** Rules in a folder are compiled without a signature, so keys for them would have no effect. */
function unsignable({ policy }: Draft): Finding[] {
  if (typeof policy?.source !== "string") return [];
  const message = "a folder of rules carries no signature; name a built bundle: source: { archive: FILE }";
  return [{ path: signingPath, at: "key", message }];
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
  try {
    publicKey(resolve(folder, file), algorithm);
    return [];
  } catch (failure) {
    return [at([...path, "file"], `${file} ${(failure as Error).message}`)];
  }
}

function at(path: Path, message: string): Finding {
  return { path, at: "value", message };
}
