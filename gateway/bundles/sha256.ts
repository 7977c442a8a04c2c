import { hash } from "node:crypto";

/** sha256:… as digests are written everywhere. */
export function sha256(bytes: Uint8Array): string {
  return `sha256:${hash("sha256", bytes, "hex")}`;
}
