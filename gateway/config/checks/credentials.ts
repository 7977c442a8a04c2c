import { isOwnHeader } from "../../domain/credential.ts";
import type { Finding, Path } from "../../lib/yaml-places.ts";
import type { CredentialValues, Draft } from "../draft.ts";

export function checkCredentials(draft: Draft): Finding[] {
  return draft.credentials.flatMap(([name, one]) => {
    const path: Path = ["credentials", name];
    return one.provider === "aws" ? [] : [...onePlace(one, path), ...ownHeader(one, path)];
  });
}

/** Those whose place is configured. */
type PlacedValues = Exclude<CredentialValues, { provider: "aws" }>;

function onePlace(one: PlacedValues, path: Path): Finding[] {
  const given = (["header", "query", "body"] as const).filter((place) => one[place] !== undefined);
  return given.slice(1).map((place) => ({
    path: [...path, place],
    at: "key",
    message: `a credential has one place; ${given[0]} is given already`,
  }));
}

function ownHeader({ header }: PlacedValues, path: Path): Finding[] {
  if (header === undefined || !isOwnHeader(header.toLowerCase())) return [];
  return [{ path: [...path, "header"], at: "value", message: "the gateway or the connection sets this header itself" }];
}
