import { seedOf } from "./seed.ts";

type Spelling = (address: string) => string;

const invisible = "\u200b";

const upperCase: Spelling = (address) => address.toUpperCase();
const withInvisible: Spelling = (address) => insertedAt(address, Math.ceil(address.length / 2), invisible);
const withEncodedAt: Spelling = (address) => address.replace("@", "%40");
const inPairs: Spelling = (account) => grouped(account, 2, " ");
const withHyphens: Spelling = (account) => grouped(account, 4, "-");
const spacedLower: Spelling = (account) => grouped(account.toLowerCase(), 4, " ");

/** Scheme and host; a path means something else in capitals. */
const upperHost: Spelling = (url) => url.replace(/^(?:https?:\/\/)?[^/?#]+/i, (host) => host.toUpperCase());
const invisibleInHost: Spelling = (url) => url.replace(/^((?:https?:\/\/)?[^/?#]{2})/i, `$1${invisible}`);

/** The last letter of the path, or of the host where there is none; one that is part of an escape stays. */
const encodedLetter: Spelling = (url) =>
  url.replace(/(?<!%[0-9a-f]?)[a-z](?=[^a-z]*$)/i, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);

interface Form {
  readonly pattern: string;
  readonly spellings: readonly Spelling[];
}

/** In the order in which they are looked for: a URL may hold what looks like the others. */
const forms: readonly Form[] = [
  {
    pattern: String.raw`https?:\/\/[^\s"'<>()\[\]{}|,;]*[^\s"'<>()\[\]{}|,;.:!?]`,
    spellings: [upperHost, invisibleInHost, encodedLetter],
  },
  { pattern: String.raw`[\w.+-]+@[\w-]+(?:\.[\w-]+)+`, spellings: [upperCase, withInvisible, withEncodedAt] },
  {
    pattern: String.raw`(?<![\w.@-])(?:[a-z0-9-]+\.)+(?:example|test|com|org|net|io|dev|eu|de|fr|nl|es|it)(?![\w-]|\.\w)(?:\/[\w./-]*\w)?`,
    spellings: [upperHost, invisibleInHost],
  },
  {
    pattern: String.raw`(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?!\w)`,
    spellings: [inPairs, withHyphens, spacedLower],
  },
  { pattern: String.raw`(?<![\w.+-])(?!(?:19|20)\d{6}(?!\d))\d{8,19}(?![\w.-])`, spellings: [withHyphens, inPairs] },
];

const anyForm = new RegExp(forms.map(({ pattern }) => `(${pattern})`).join("|"), "g");

/** The text with each address in it spelt in another way that people still read as the same: which one depends on the address. */
export function respelt(text: string): string {
  return text.replace(anyForm, (address: string, ...groups: unknown[]) => {
    const form = forms.find((_, index) => groups[index] !== undefined);
    const { spellings } = form ?? { spellings: [] };
    return spellings[seedOf(address.toLowerCase()) % spellings.length]?.(address) ?? address;
  });
}

function grouped(account: string, size: number, by: string): string {
  const bare = account.replaceAll(" ", "");
  return (bare.match(new RegExp(`.{1,${size}}`, "g")) ?? []).join(by);
}

function insertedAt(text: string, at: number, inserted: string): string {
  return text.slice(0, at) + inserted + text.slice(at);
}
