import { accountsIn } from "./accounts.ts";
import { emailsIn } from "./emails.ts";
import { hostsIn, urlsIn } from "./urls.ts";
import type { Words } from "./words.ts";

/** An address in a text, in the one form in which addresses are compared. */
export interface Address {
  readonly kind: "email" | "url" | "account";
  readonly start: number;
  readonly end: number;
  readonly normal: string;
  /** The host of a URL or the domain of a mail address; null of an account. */
  readonly host: string | null;
}

/** All of a text that was read, in no order; no two of them overlap, but accounts that also stand in a URL. */
export function addressesIn(words: Words): Address[] {
  const { text } = words;
  const found: Address[] = [];
  if (text.includes("@")) emailsIn(text, found);
  if (text.includes("://") || text.includes("//") || text.includes("\\\\")) urlsIn(text, found);
  if (text.includes(".")) hostsIn(text, found);
  accountsIn(words, found);
  return found;
}

/** The address that a text is, but for blanks, quotation marks, brackets and a scheme around it; null for anything else. */
export function wholeAddress(words: Words, found: readonly Address[]): Address | null {
  const { text } = words;
  for (const address of found) {
    const before = text.slice(0, address.start);
    const after = text.slice(address.end);
    if (/^[\s"'<([]*(?:(?:mailto|tel|sms|iban|sepa):\s*)?\+?$/i.test(before) && /^[\s"'>)\].,;]*$/.test(after)) return address;
  }
  return null;
}
