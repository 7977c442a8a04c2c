import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { SignatureRefusal } from "./refusal.ts";

export interface SignedFile {
  /** Hexadecimal, lower case. */
  readonly hash: string;
  readonly algorithm: string;
}

/** The files that a signature is about, by path; one of them twice would leave open which hash counts. @throws SignatureRefusal */
export function signedFiles(claims: JsonObject): ReadonlyMap<string, SignedFile> {
  const files = claims["files"];
  if (!Array.isArray(files)) throw unreadable("names no files");
  const byPath = new Map<string, SignedFile>();
  for (const file of files as readonly JsonValue[]) {
    const { name, hash, algorithm } = isJsonObject(file) ? file : {};
    if (typeof name !== "string" || typeof hash !== "string" || typeof algorithm !== "string")
      throw unreadable("has a file without name, hash or algorithm");
    if (byPath.has(name)) throw unreadable(`names ${JSON.stringify(name)} twice`);
    byPath.set(name, { hash: hash.toLowerCase(), algorithm });
  }
  return byPath;
}

function unreadable(what: string): SignatureRefusal {
  return new SignatureRefusal("signature_malformed", `the signature ${what}`);
}
