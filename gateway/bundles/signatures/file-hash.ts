import { hash } from "node:crypto";
import { parseExact } from "../../lib/json.ts";
import { workerAnswer } from "../../lib/event-loop.ts";
import { SignatureRefusal } from "../failure.ts";

/** OPA's names of hash algorithms, without MD5 and SHA-1, which are not collision resistant. */
const ALGORITHMS: ReadonlyMap<string, string> = new Map([
  ["SHA-224", "sha224"],
  ["SHA-256", "sha256"],
  ["SHA-384", "sha384"],
  ["SHA-512", "sha512"],
  ["SHA-512-224", "sha512-224"],
  ["SHA-512-256", "sha512-256"],
]);

/** What is hashed of a file: its bytes, or canonical JSON for the files that OPA parses. @throws SignatureRefusal */
export async function hashedBytes(path: string, bytes: Buffer): Promise<Uint8Array | string> {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (name === "data.yaml" || name === "data.yml")
    throw new SignatureRefusal(
      "file_unverifiable",
      `${path} is YAML, which is not read here; opa build makes data.json of it`,
    );
  if (name !== "data.json" && name !== ".manifest") return bytes;
  try {
    return await canonicalJsonInWorker(bytes);
  } catch (error) {
    const why = error instanceof RangeError ? "it is nested too deeply" : (error as Error).message;
    throw new SignatureRefusal("file_unverifiable", `${path} has no one reading that could be verified: ${why}`, error);
  }
}

/** The hash in hexadecimal. @throws SignatureRefusal for an algorithm that is unknown or unsafe */
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
 * The canonical form that OPA hashes for a JSON file (https://www.openpolicyagent.org/docs/latest/management-bundles/#signature-format):
 * no spaces, keys in the order of their UTF-8 bytes, numbers as written, strings as Go's encoder writes them.
 * @throws Error for text that is not JSON or that readers decode differently: invalid UTF-8, unpaired surrogates
 */
export function canonicalJson(bytes: Uint8Array): string {
  return written(parseExact(utf8.decode(bytes)));
}

function written(value: unknown): string {
  if (typeof value === "string") return text(value);
  // parseExact keeps a number as a raw JSON object when JavaScript would write it differently.
  if (typeof value !== "object" || value === null || json.isRawJSON(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(written).join(",")}]`;
  const object = value as Readonly<Record<string, unknown>>;
  const members = Object.keys(object)
    .sort(byBytes)
    .map((key) => `${text(key)}:${written(object[key])}`);
  return `{${members.join(",")}}`;
}

/** Go escapes U+2028 and U+2029 (https://pkg.go.dev/encoding/json#Marshal); otherwise its output is that of JSON.stringify. */
function text(value: string): string {
  if (!value.isWellFormed()) throw new Error("a string holds half of a surrogate pair");
  return JSON.stringify(value).replace(/[\u2028\u2029]/g, (found) => (found === "\u2028" ? "\\u2028" : "\\u2029"));
}

/** UTF-16 code units sort characters above U+FFFF before U+E000; UTF-8 bytes do not. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Smaller files are read faster than a thread starts. */
const WORKER_MIN_BYTES = 64 * 1024;

/** `canonicalJson`, in a worker thread for large files. @throws Error as canonicalJson */
export async function canonicalJsonInWorker(bytes: Uint8Array): Promise<string> {
  if (bytes.length <= WORKER_MIN_BYTES) return canonicalJson(bytes);
  return workerAnswer(new URL("./canonical-json-worker.ts", import.meta.url), bytes, "reads it");
}
