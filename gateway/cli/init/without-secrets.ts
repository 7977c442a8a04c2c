const removed = "[credential removed]";

/**
 * A server may repeat what it was given: as it is, with any of its characters escaped as JSON, URLs, HTML or programs escape them, in base64
 * and in hex; and of what is base64 itself, as in `Authorization: Basic`, what that says.
 */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return spellingsOf(secrets).reduce((left, spelling) => left.replace(spelling, removed), text);
}

/** Shorter ones stand in words that have nothing to do with them. */
const shortest = 8;

/** Whether a text that is kept repeats one of them. */
export function holdsSecret(text: string, secrets: readonly string[]): boolean {
  const long = secrets.filter(({ length }) => length >= shortest);
  return spellingsOf(long).some((spelling) => text.search(spelling) !== -1);
}

/** The longer ones first, so that nothing of them is left. */
function spellingsOf(secrets: readonly string[]): RegExp[] {
  const all = new Set(secrets.flatMap((secret) => [secret, ...saidInBase64(secret)]));
  return [...all]
    .sort((one, other) => other.length - one.length)
    .flatMap((secret) => [...inBase64(secret), plain(secret)]);
}

/** Of `name:password` in base64 the whole and both parts. */
function saidInBase64(secret: string): string[] {
  if (!/^[\w+/-]{8,}={0,2}$/.test(secret)) return [];
  const said = Buffer.from(secret, "base64").toString("latin1");
  const colon = said.indexOf(":");
  if (!/^[\x20-\x7e]+$/.test(said)) return [];
  return [said, ...(colon === -1 ? [] : [said.slice(colon + 1)])].filter(({ length }) => length >= 4);
}

/** Each character in any of its spellings: a text can mix them. In hex as a whole. */
function plain(secret: string): RegExp {
  const letters = [...secret].map(spellingOf).join("");
  return new RegExp(`${letters}|${Buffer.from(secret).toString("hex")}`, "giu");
}

const named: Readonly<Record<string, string>> = { "&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos" };

function spellingOf(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  const forms = [
    // Text of JSON within text of JSON has more than one backslash.
    `\\\\*(?:u\\{?0*${hex}\\}?|x0*${hex})`.replace("*", "+"),
    `\\\\+0*${code.toString(8)}`,
    `%(?:25)*${hex.padStart(2, "0")}`,
    `&#(?:0*${code}|x0*${hex});`,
    `=${hex.padStart(2, "0")}`,
    ...(named[char] === undefined ? [] : [`&${named[char]};`]),
    ...(char === " " ? ["\\+"] : []),
    `${/[\w]/.test(char) ? "" : "\\\\*"}${RegExp.escape(char)}`,
  ];
  return `(?:${forms.join("|")})`;
}

/** Base64 says the same bytes in three ways, by what stands before them. */
function inBase64(secret: string): RegExp[] {
  if (secret.length < shortest) return [];
  return [0, 1, 2].map((before) => {
    const text = Buffer.from("\0".repeat(before) + secret)
      .toString("base64")
      .replace(/=+$/, "");
    // The first and the last characters say bits of what is beside it too.
    const whole = text.slice(before === 0 ? 0 : before + 1, Math.floor(((before + Buffer.byteLength(secret)) * 8) / 6));
    const letters = whole.replaceAll("+", "[+-]").replaceAll("/", "[/_]");
    return new RegExp(`[\\w+/-]{0,2}${letters}[\\w+/-]?={0,2}`, "g");
  });
}
