import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";

/** Bytes hashed in one turn of the event loop, which takes less than a millisecond. */
const turnBytes = 512 * 1024;

/** SHA-256 in hexadecimal digits. Yields between chunks, because the calling thread serves requests. */
export async function sha256InTurns(bytes: Uint8Array): Promise<string> {
  return (await fed(createHash("sha256"), bytes)).digest("hex");
}

/** HMAC-SHA-256 of a name and bytes, in the same turns. The name must hold no NUL. */
export async function macInTurns(key: Uint8Array, name: string, bytes: Uint8Array): Promise<Buffer> {
  return (await fed(createHmac("sha256", key).update(`${name}\0`), bytes)).digest();
}

async function fed<Digest extends Hash | Hmac>(hash: Digest, bytes: Uint8Array): Promise<Digest> {
  for (let from = 0; from < bytes.length; from += turnBytes) {
    if (from > 0) await nextTurn();
    hash.update(bytes.subarray(from, from + turnBytes));
  }
  return hash;
}
