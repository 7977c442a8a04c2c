import { hash } from "node:crypto";
import { Worker } from "node:worker_threads";
import { parseExact } from "../../lib/json-text.ts";
import { SignatureRefusal } from "../failure.ts";

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

const json = JSON as unknown as { isRawJSON(value: unknown): boolean };
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * What OPA hashes of a JSON file, so that layout does not count (https://www.openpolicyagent.org/docs/latest/management-bundles/#signature-format):
 * no spaces, keys in the order of their UTF-8 bytes, numbers as they are written, strings as Go's encoder has them.
 * @throws Error for what is no JSON, or what two readers take for two texts: bytes that are no UTF-8, halves of surrogate pairs
 */
export function canonicalJson(bytes: Uint8Array): string {
  return written(parseExact(utf8.decode(bytes)));
}

function written(value: unknown): string {
  if (typeof value === "string") return text(value);
  // A literal that JavaScript would write in another way is an object here.
  if (typeof value !== "object" || value === null || json.isRawJSON(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(written).join(",")}]`;
  const object = value as Readonly<Record<string, unknown>>;
  const members = Object.keys(object)
    .sort(byBytes)
    .map((key) => `${text(key)}:${written(object[key])}`);
  return `{${members.join(",")}}`;
}

/** Go escapes the two line separators of Unicode (https://pkg.go.dev/encoding/json#Marshal); the rest is as here. */
function text(value: string): string {
  if (!value.isWellFormed()) throw new Error("a string holds half of a surrogate pair");
  return JSON.stringify(value).replace(/[\u2028\u2029]/g, (found) => (found === "\u2028" ? "\\u2028" : "\\u2029"));
}

/** UTF-16 puts what is beyond U+FFFF before U+E000; UTF-8 does not. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Starting a thread takes longer than what is smaller. */
const SMALL_BYTES = 64 * 1024;

/** `canonicalJson` without holding up requests. @throws Error as that does */
export async function canonicalAside(bytes: Uint8Array): Promise<string> {
  if (bytes.length <= SMALL_BYTES) return canonicalJson(bytes);
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./canonical-json-worker.ts", import.meta.url), { workerData: bytes });
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("the thread that reads it ended without an answer")));
  });
}
