import { hash } from "node:crypto";
import { canonicalAside } from "./canonical-aside.ts";
import { SignatureRefusal } from "./refusal.ts";

/** OPA's names of what it can hash with, but MD5 and SHA-1: files that collide in those can be made. */
const ALGORITHMS: ReadonlyMap<string, string> = new Map([
  ["SHA-224", "sha224"],
  ["SHA-256", "sha256"],
  ["SHA-384", "sha384"],
  ["SHA-512", "sha512"],
  ["SHA-512-224", "sha512-224"],
  ["SHA-512-256", "sha512-256"],
]);

/** The bytes of a file that are hashed: its own, or for what OPA parses the canonical form. @throws SignatureRefusal */
export async function hashedBytes(path: string, bytes: Buffer): Promise<Uint8Array | string> {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (name === "data.yaml" || name === "data.yml")
    throw new SignatureRefusal(
      "file_unverifiable",
      `${path} is YAML, which is not read here; opa build makes data.json of it`,
    );
  if (name !== "data.json" && name !== ".manifest") return bytes;
  try {
    return await canonicalAside(bytes);
  } catch (error) {
    const why = error instanceof RangeError ? "it is nested too deeply" : (error as Error).message;
    throw new SignatureRefusal("file_unverifiable", `${path} has no one reading that could be verified: ${why}`, error);
  }
}

/** In hexadecimal. @throws SignatureRefusal for an algorithm that is unknown or no longer safe */
export function fileHash(path: string, content: Uint8Array | string, algorithm: string): string {
  const known = ALGORITHMS.get(algorithm);
  if (known === undefined)
    throw new SignatureRefusal(
      "file_hash_refused",
      `the signature hashes ${path} with ${JSON.stringify(algorithm)}; accepted are ${[...ALGORITHMS.keys()].join(", ")}`,
    );
  return hash(known, content, "hex");
}
