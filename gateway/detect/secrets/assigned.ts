import type { Span } from "../kinds.ts";
import { isKey, isPassword } from "./values.ts";

/** What a name says of the value that it is given. */
export interface SecretName {
  readonly name: string;
  /** How a value looks that is no placeholder. */
  readonly isSecret: (value: string) => boolean;
  /** Whether plain words may connect name and value: "the password is …". */
  readonly spoken: boolean;
}

function names(list: string, isSecret: (value: string) => boolean, spoken: boolean): SecretName[] {
  return list.split("|").map((name) => ({ name, isSecret, spoken }));
}

/** Names of secrets in programs, configurations and letters of seven languages; compared without case and accents. */
export const secretNames: readonly SecretName[] = [
  ...names("password|passwd|pwd|passphrase|pass phrase|passcode", isPassword, true),
  ...names(
    "passwort|kennwort|mot de passe|contrasena|senha|palavra-passe|wachtwoord|parola d'ordine",
    isPassword,
    true,
  ),
  ...names("secret|token|credential|bearer ", isKey, false),
  ...names("api key|apikey|api-key|api_key|access key|access_key|access-key|accesskey", isKey, true),
  ...names(
    "auth key|auth_key|authkey|encryption_key|encryption key|encryptionkey|signing_key|master_key|x-functions-key",
    isKey,
    false,
  ),
];

/** Words within a name that make it the name of something else. */
const otherNames = /(?:next|page|prev|continuation|cursor|sync|csrf|xsrf|cancel|design)[-_ ]?$/i;

/** The rest of a name, quotation marks, and what gives it its value. In XML and HTML, ">" or an attribute "value". */
const assignment =
  /^[\w.-]{0,24}(?:\\?["'`]|\]){0,3}[ \t]{0,8}(?::=|=>|={1,3}|:|\|(?!\|)|>|value=)[ \t]{0,8}(?:\r?\n[ \t]{0,8})?/;
const spokenAssignment =
  /^[^\S\n]{0,3}(?:\([^()\n]{0,24}\)[^\S\n])?(?:(?:for|of|to|f[üu]r|pour|para|per|voor)[^\S\n][^\s]{1,24}[^\S\n])?(?:is|was|ist|lautet|est|es|[èé]|is nu|:)[^\S\n]?:?[^\S\n]{1,3}/i;

/** A value ends at its quotation mark; without one, at a blank or a mark that ends values in programs, URLs and XML. */
const quoted = /^\\?(["'`])((?:(?!\\?\1)[^\n]){1,512})\\?\1/;
const plain = /^[^\s"'`,;<>&(){}[\]\\|]{1,512}/;

/** The value that a name is given at this place, if it is one that must be kept secret. */
export function assignedSecret(text: string, nameStart: number, nameEnd: number, named: SecretName): Span | null {
  if (otherNames.test(text.slice(Math.max(0, nameStart - 16), nameStart))) return null;
  const after = text.slice(nameEnd, nameEnd + 96);
  const length = connection(after, named);
  return length === null ? null : valueAt(text, nameEnd + length, named.isSecret);
}

function connection(after: string, { name, spoken }: SecretName): number | null {
  if (name.endsWith(" ")) return 0;
  const match = assignment.exec(after) ?? (spoken ? spokenAssignment.exec(after) : null);
  return match === null ? null : match[0].length;
}

function valueAt(text: string, start: number, isSecret: (value: string) => boolean): Span | null {
  const window = text.slice(start, start + 520);
  const inQuotes = quoted.exec(window);
  if (inQuotes !== null) {
    const value = inQuotes[2] ?? "";
    const from = start + inQuotes[0].indexOf(inQuotes[1] ?? "") + 1;
    return isSecret(value) && !/\s/.test(value) ? { start: from, end: from + value.length } : null;
  }
  const value = (plain.exec(window)?.[0] ?? "").replace(/[.:?]+$/, "");
  // A call or an index is no value but the way to one.
  if (/^[([]/.test(window.slice(value.length)) || !isSecret(value)) return null;
  return { start, end: start + value.length };
}
