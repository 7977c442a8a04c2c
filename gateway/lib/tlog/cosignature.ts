import { type KeyObject, sign, verify } from "node:crypto";
import { lineOf, type Note, type NoteKey } from "./note.ts";

const TIME_BYTES = 8;

/** The text of a checkpoint as a witness signs it at a time, in seconds since 1970 (C2SP tlog-cosignature, Ed25519). */
const timed = (text: string, at: bigint): Buffer => Buffer.from(`cosignature/v1\ntime ${at}\n${text}`);

/** The signature line of a witness, with its line feed. */
export function cosignatureLine(key: NoteKey, privateKey: KeyObject, text: string, atSeconds: number): string {
  const time = Buffer.alloc(TIME_BYTES);
  time.writeBigUInt64BE(BigInt(atSeconds));
  return lineOf(key, Buffer.concat([time, sign(null, timed(text, BigInt(atSeconds)), privateKey)]));
}

/** When the witness has cosigned the note, in seconds since 1970; null when it has not, or its signature does not hold. */
export function cosignedAt({ text, signatures }: Note, key: NoteKey): number | null {
  for (const { name, id, bytes } of signatures) {
    if (name !== key.name || id !== key.id || bytes.length <= TIME_BYTES) continue;
    const at = bytes.readBigUInt64BE();
    const holds = verify(null, timed(text, at), key.key, bytes.subarray(TIME_BYTES));
    return holds && at <= Number.MAX_SAFE_INTEGER ? Number(at) : null;
  }
  return null;
}
