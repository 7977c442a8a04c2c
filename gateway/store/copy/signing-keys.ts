import { createPrivateKey } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { SigningKeyName } from "../../domain/ports.ts";
import { openKeyFile, readKeyFile } from "../../lib/key-file.ts";
import type { PostgresConnection } from "../postgres/connection.ts";
import { sharedSigningKeys } from "../postgres/shared-memory.ts";

/** Keys of a store by their names, as PEM (PKCS #8): in files beside a file, in a table of a database. */
export interface KeyPlace {
  read(name: SigningKeyName): Promise<string | null>;
  /** What is there already stays. @returns what is there now */
  add(name: SigningKeyName, pem: string): Promise<string>;
}

/** Where a gateway on this file has its key. */
export function keyFile(store: string, name: SigningKeyName): string {
  return join(dirname(store), `${name}.key.pem`);
}

/** @throws Error where others may read a key, or it is none */
export function keysBeside(store: string): KeyPlace {
  const pemOf = (key: ReturnType<typeof createPrivateKey>) => key.export({ type: "pkcs8", format: "pem" }).toString();
  return {
    async read(name) {
      const file = keyFile(store, name);
      const key = existsSync(file) ? readKeyFile(file) : null;
      return key === null ? null : pemOf(key);
    },
    add: async (name, pem) => pemOf(openKeyFile(keyFile(store, name), () => createPrivateKey(pem))),
  };
}

export function keysIn(connection: PostgresConnection): KeyPlace {
  const keys = sharedSigningKeys(connection);
  return { read: (name) => keys.find(name), add: (name, pem) => keys.of(name, () => pem) };
}
