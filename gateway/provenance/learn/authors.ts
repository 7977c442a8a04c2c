import type { SiteFact } from "../../domain/facts.ts";
import { oncePer } from "../../lib/caches.ts";
import type { JsonObject } from "../../lib/json.ts";
import { addressesIn } from "../text/addresses/addresses.ts";
import { foldText } from "../text/words/characters.ts";
import { isBelow } from "../text/addresses/hosts.ts";
import type { Words } from "../text/words/words.ts";

/** Who counts as one of the site's own people in results of one server. */
export interface OwnPeople {
  readonly inside: SiteFact["inside"];
  /** Folded. */
  readonly names: ReadonlySet<string>;
}

const noNames: ReadonlySet<string> = new Set();

export const nobody: OwnPeople = { inside: [], names: noNames };

export function peopleOf({ inside, people }: SiteFact, server: string): OwnPeople {
  const names = Object.hasOwn(people, server) ? people[server] : undefined;
  return { inside, names: names === undefined ? noNames : foldedNames(names) };
}

const foldedNames = oncePer((names: readonly string[]): ReadonlySet<string> => new Set(names.map(foldedName)));

/** As names of people are compared. */
function foldedName(name: string): string {
  return foldText(name).trim().toLowerCase();
}

/**
 * Whether the author of a record, as the service states it in one of these members, is one of the site's own people: a mail address
 * inside the site, whatever name stands before it, or a name under which a service knows them. Null when no member states it.
 */
export function isByOwnPeople(
  members: JsonObject,
  names: readonly string[],
  own: OwnPeople,
  words: Words,
): boolean | null {
  let isOwn: boolean | null = null;
  for (const name of names) {
    const author = Object.hasOwn(members, name) ? members[name] : undefined;
    if (author === undefined || author === null) continue;
    isOwn = typeof author === "string" && isOwnPerson(author, own, words) && isOwn !== false;
  }
  return isOwn;
}

function isOwnPerson(author: string, { inside, names }: OwnPeople, words: Words): boolean {
  words.read(author);
  const addresses = addressesIn(words);
  // Of two, one is for show.
  if (addresses.length > 1) return false;
  const [address] = addresses;
  if (address === undefined) return names.has(foldedName(author));
  return address.kind === "email" && address.host !== null && isBelow(address.host, inside);
}
