import { createSecretKey, type KeyObject } from "node:crypto";
import { CredentialFailure } from "../../domain/credential.ts";
import type { Ids, Sealed } from "../../domain/ports.ts";
import { openSealed, randomBits, sealText } from "../../lib/sealed-text.ts";

export interface SealingOptions {
  /** 32 bytes each, in base64 or base64url, by id. */
  readonly keys: ReadonlyMap<string, string>;
  /** Id of the key that seals; the others only open. */
  readonly sealWith: string;
  readonly ids: Ids;
}

/**
 * Seals texts with AES-256-GCM. What a text is about is authenticated with it: a row that is moved to another person does not open.
 */
export class Sealing {
  readonly #keys: ReadonlyMap<string, KeyObject>;
  readonly #ids: Ids;
  /** Id of the key that seals. */
  readonly current: string;

  /** @throws Error naming the id of a key that is none */
  constructor({ keys, sealWith, ids }: SealingOptions) {
    this.#keys = new Map([...keys].map(([id, text]) => [id, keyOf(id, text)]));
    this.#ids = ids;
    this.current = sealWith;
    if (!this.#keys.has(sealWith)) throw new Error(`there is no sealing key ${sealWith}`);
  }

  seal(text: string, about: string): Sealed {
    const key = this.#keys.get(this.current) as KeyObject;
    return { key: this.current, text: sealText(key, randomBits(this.#ids), text, about) };
  }

  /** @throws CredentialFailure when the key is gone, or the text was changed or is about something else */
  open({ key: id, text }: Sealed, about: string): string {
    const key = this.#keys.get(id);
    if (key === undefined)
      throw new CredentialFailure("misconfigured", `the sealing key ${id} is not configured any more`);
    const opened = openSealed(key, text, about);
    if (opened === null)
      throw new CredentialFailure("misconfigured", `what is kept does not open with the sealing key ${id}`);
    return opened;
  }
}

function keyOf(id: string, text: string): KeyObject {
  const bytes = Buffer.from(text, "base64");
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text) || bytes.length !== 32)
    throw new Error(`the sealing key ${id} is not 32 bytes in base64`);
  return createSecretKey(bytes);
}
