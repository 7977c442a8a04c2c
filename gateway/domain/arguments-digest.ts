import { hash } from "node:crypto";
import { argumentsKnown } from "./arguments-read.ts";
import type { ToolCall } from "./tool-call.ts";

/** SHA-256 of a text, and its length in UTF-8. */
export interface KnownDigest {
  /** 64 digits. */
  readonly hex: string;
  readonly bytes: number;
}

/** Of the JSON text of a call's arguments; null where its bytes are not known. The body was digested when it was read. */
export function digestOfArguments(call: ToolCall): KnownDigest | null {
  const { request } = call;
  const bytes = argumentsKnown(call)?.bytes ?? null;
  if (bytes === null) return null;
  return bytes === request.body ? { hex: request.bodyDigest, bytes: bytes.length } : new DigestWhenRead(bytes);
}

/** Of part of a body. Few records need it. */
class DigestWhenRead implements KnownDigest {
  readonly bytes: number;
  readonly #of: Buffer;

  constructor(of: Buffer) {
    this.bytes = of.length;
    this.#of = of;
  }

  get hex(): string {
    return hash("sha256", this.#of, "hex");
  }
}

/** Stands in no JSON text. */
const inPlace = "\0";

/** A JSON text with one part of it as bytes (UTF-8). */
export interface TextAround {
  readonly before: string;
  readonly bytes: Buffer;
  readonly after: string;
}

/**
 * The text that `write` makes with the bytes in its place, which are not copied for it.
 * @throws Error when it leaves them out
 */
export function textAround(bytes: Buffer, write: (text: string) => string): TextAround {
  const text = write(inPlace);
  const at = text.indexOf(inPlace);
  if (at < 0) throw new Error("the text is without the bytes that it stands around");
  return { before: text.slice(0, at), bytes, after: text.slice(at + inPlace.length) };
}
