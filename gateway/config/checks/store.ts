import { postgresPlace } from "../../lib/postgres-url.ts";
import type { Finding, Path } from "../../lib/yaml-places.ts";
import type { Draft } from "../draft.ts";
import { parseReference, readSecret } from "../environment.ts";

export const storeUrl: Path = ["store", "postgres", "url"];

/** A gateway has one store. */
export function checkStore({ store }: Draft): Finding[] {
  if (store === null || store.sqlite === undefined || store.postgres === undefined) return [];
  const message = "stands beside store.postgres, and a gateway has one store: remove one of them";
  return [{ path: ["store", "sqlite"], at: "key", message }];
}

/** The address can be read, and is one of PostgreSQL. It is not repeated: it has a password. */
export function checkStoreUrl({ store, folder }: Draft): Finding[] {
  const reference = parseReference(store?.postgres?.url ?? "", folder);
  if (reference === null) return [];
  try {
    const found = postgresPlace(readSecret(reference).trim());
    return "place" in found ? [] : [{ path: storeUrl, at: "value", message: `the address there ${found.problem}` }];
  } catch {
    // `checkSecrets` says so.
    return [];
  }
}
