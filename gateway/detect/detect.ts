import { findEmails } from "./email.ts";
import { findHidden, findInjection } from "./injection/injection.ts";
import { decodedText } from "./escapes.ts";
import { findJwts } from "./jwt.ts";
import { Recent } from "../lib/caches.ts";
import { detectorKinds, type DetectorKind } from "../domain/result.ts";
import type { Found, Span } from "./kinds.ts";
import { findNationalIds } from "./national-ids/national-ids.ts";
import { findCards } from "./numbers/card.ts";
import { findIbans } from "./numbers/iban.ts";
import { findPhones } from "./numbers/phone.ts";
import { keepStrongest } from "./overlaps.ts";
import { plainText } from "./plain-text.ts";
import { findPrivateKeys } from "./private-key.ts";
import { scannedText, type ScannedText } from "./scanned-text.ts";
import { findSecrets } from "./secrets/secrets.ts";

/** How each kind is looked for in the plain text. */
const detectors: Readonly<Record<DetectorKind, (scanned: ScannedText) => Span[]>> = {
  private_key: ({ text }) => findPrivateKeys(text),
  jwt: ({ text }) => findJwts(text),
  secret: ({ text }) => findSecrets(text),
  iban: findIbans,
  card: findCards,
  national_id: findNationalIds,
  email: ({ text }) => findEmails(text),
  phone: findPhones,
  injection: ({ text }) => findInjection(text),
};

const everyKind: ReadonlySet<DetectorKind> = new Set(detectorKinds);

/**
 * Sensitive parts of a text, in their order, none inside another. Offsets are UTF-16 code units of the text as it came. Reads as
 * people do: past invisible characters, wide letters as narrow ones, escapes of JSON, HTML and URLs written out. Takes time in proportion to the length, whatever the text.
 * @param kinds all when left out
 * @param name the name of the field whose value the text is; it counts as if it stood before the text
 */
export function detect(text: string, kinds: ReadonlySet<DetectorKind> = everyKind, name = ""): Found[] {
  const label = name === "" ? "" : labelOf(name);
  const decoded = decodedText(label + text);
  const plain = plainText(decoded.text);
  const scanned = scannedText(plain.text);
  const original = ({ start, end }: Span): Span => {
    const place = plain.original(start, end);
    return decoded.original(place.start, place.end);
  };
  const found: Found[] = [];
  for (const kind of detectorKinds) {
    if (!kinds.has(kind)) continue;
    for (const span of detectors[kind](scanned)) found.push({ kind, ...original(span) });
  }
  if (kinds.has("injection") && plain.changed) {
    for (const { start, end } of findHidden(decoded.text))
      found.push({ kind: "injection", ...decoded.original(start, end) });
  }
  if (found.length === 0) return found;
  return label === "" ? keepStrongest(found) : keepStrongest(withoutLabel(found, label.length));
}

/** Most fields have the same names again and again. */
const labels = new Recent<string>(256);

/** "apiKey" and "api_key" are read as "api key"; of a long name the end says what it holds. */
function labelOf(name: string): string {
  const last = name.slice(-64);
  const known = labels.get(last);
  if (known !== undefined) return known;
  const words = last.replace(/([a-z\d])([A-Z])/g, "$1 $2").replace(/[_\W]+/g, " ");
  const label = `${words}: `;
  labels.set(last, label);
  return label;
}

function withoutLabel(found: readonly Found[], length: number): Found[] {
  return found
    .filter(({ end }) => end > length)
    .map(({ kind, start, end }) => ({ kind, start: Math.max(0, start - length), end: end - length }));
}
