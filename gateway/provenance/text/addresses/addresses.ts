import { accountsIn } from "./accounts.ts";
import type { Address } from "./address.ts";
import { emailsIn } from "./emails.ts";
import { hostsIn, urlsIn } from "./urls.ts";
import { signs } from "../words/gaps.ts";
import type { Words } from "../words/words.ts";

/** Signs of which each address has one. */
const anyAddress = signs.at | signs.slash | signs.dot | signs.digit;

const none: readonly Address[] = [];

/** All of a text that was read, in no order; no two of them overlap, but accounts that also stand in a URL. */
export function addressesIn(words: Words): readonly Address[] {
  return (words.addresses ??= find(words));
}

function find(words: Words): readonly Address[] {
  const { text, signs: has } = words;
  if ((has & anyAddress) === 0) return none;
  const found: Address[] = [];
  if ((has & signs.at) !== 0) emailsIn(text, found);
  if ((has & signs.slash) !== 0) urlsIn(text, found);
  if ((has & signs.dot) !== 0) hostsIn(text, found);
  accountsIn(words, found);
  return found;
}

/** The address that a text is, but for blanks, quotation marks, brackets and a scheme around it; null for anything else. */
export function wholeAddress(words: Words, found: readonly Address[]): Address | null {
  const { text } = words;
  for (const address of found) {
    const before = text.slice(0, address.start);
    const after = text.slice(address.end);
    if (/^[\s"'<([]*(?:(?:mailto|tel|sms|iban|sepa):\s*)?\+?$/i.test(before) && /^[\s"'>)\].,;]*$/.test(after))
      return address;
  }
  return null;
}

/** `Name <a@x>`: the name is for people to read. */
export function namedAddress(text: string, addresses: readonly Address[]): Address | null {
  const [address] = addresses;
  if (address === undefined || addresses.length > 1) return null;
  return /<$/.test(text.slice(0, address.start)) && /^>\s*$/.test(text.slice(address.end)) ? address : null;
}

/** Digits alone, no more than a telephone has (ITU-T E.164), after a plus or the zero that is dialled before an area. */
export function isWrittenAsPhone(text: string, { kind, start, normal }: Address): boolean {
  if (kind !== "account" || normal.length > 15 || /\D/.test(normal)) return false;
  return normal.startsWith("0") || text.charAt(start - 1) === "+";
}
