import { isOwnHeader } from "../../domain/credential.ts";
import type { Finding, Path } from "../../lib/yaml-places.ts";
import type { CredentialValues, Draft } from "../draft.ts";

export function checkCredentials(draft: Draft): Finding[] {
  return draft.credentials.flatMap(([name, one]) => {
    const path: Path = ["credentials", name];
    return [...onePlace(one, path), ...ownHeader(one, path)];
  });
}

function onePlace(one: CredentialValues, path: Path): Finding[] {
  const given = (["header", "query", "body"] as const).filter((place) => one[place] !== undefined);
  return given.slice(1).map((place) => ({
    path: [...path, place],
    at: "key",
    message: `a credential has one place; ${given[0]} is given already`,
  }));
}

function ownHeader({ header }: CredentialValues, path: Path): Finding[] {
  if (header === undefined || !isOwnHeader(header.toLowerCase())) return [];
  return [{ path: [...path, "header"], at: "value", message: "the gateway or the connection sets this header itself" }];
}
