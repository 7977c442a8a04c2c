import { createHash, type Hash, hash } from "node:crypto";

/** SHA-256 and length of what passed. Most answers are one chunk: hashed in one go, without a hash object. */
export class AnswerDigest {
  bytes = 0;
  #only: Buffer | null = null;
  #hash: Hash | null = null;

  update(chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.#only === null && this.#hash === null) this.#only = chunk;
    else {
      this.#hash ??= createHash("sha256").update(this.#only ?? "");
      this.#only = null;
      this.#hash.update(chunk);
    }
  }

  /** `sha256:` and 64 hex digits; null when nothing came. For the end: asked once. */
  text(): string | null {
    const hex = this.#hash?.digest("hex") ?? (this.#only === null ? null : hash("sha256", this.#only, "hex"));
    return hex === null ? null : `sha256:${hex}`;
  }
}
