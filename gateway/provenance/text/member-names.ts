import { Recent } from "../../lib/caches.ts";

/** What the name of a member says; bits. */
export const nameSays = {
  /** It holds an id. */
  id: 1,
  /** Under it a record says how people call it. */
  record: 2,
  /** At most four words with at most three digits, by which a service names what it tells. */
  own: 4,
  /** It has characters that names of members seldom have: it may be data. */
  data: 8,
} as const;

const ownName = /^[A-Za-z0-9]{0,24}(?:[_-][A-Za-z0-9]{1,16}){0,3}$/;

/** As codes, accounts and dates have them. */
const fourDigits = /(?:\d\D*){4}/;

const idName =
  /^(?:id|ids|uid|uuid|guid|key|ref|reference|number|slug|handle|sha|url|link|href|path)$|(?:_|-)(?:id|ids|uid|key|ref|number|url|path)$|(?:Id|Ids|Key|Ref|Number|Url)$/;

const nameOfRecord = /^(?:title|name|subject|label)$|(?:_|^to_)name$|Name$/;

/** Names that were read, and the longest of them: calls and answers of one site have few, and read them each time. */
const names = new Recent<number>(2_048);
const longest = 64;

/** @returns bits of `nameSays` */
export function readName(name: string): number {
  const known = names.get(name);
  if (known !== undefined) return known;
  const says =
    (idName.test(name) ? nameSays.id : 0) |
    (nameOfRecord.test(name) ? nameSays.record : 0) |
    (ownName.test(name) && !fourDigits.test(name) ? nameSays.own : 0) |
    (/[^\w-]/.test(name) ? nameSays.data : 0);
  if (name.length <= longest) names.set(name, says);
  return says;
}
