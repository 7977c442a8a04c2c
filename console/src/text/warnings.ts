import { isSuspicious } from "./hostile-text.ts";

export interface Warning {
  /** JSON pointer of the value (or key) it is about. */
  readonly pointer: string;
  readonly kind: "hidden" | "mixed" | "lookalike" | "styled" | "punycode";
  /** The word or count it is about. */
  readonly about: string;
}

const scripts = [
  "Latin",
  "Cyrillic",
  "Greek",
  "Armenian",
  "Cherokee",
  "Coptic",
  "Hebrew",
  "Arabic",
  "Georgian",
  "Lisu",
] as const;
const tests = scripts.map((name) => [name, new RegExp(`\\p{Script=${name}}`, "u")] as const);
/** Letters of other scripts drawn like Latin ones in usual fonts; a word of these alone reads as a Latin word. */
const lookalikes = /^[\dаеорсухіјѕһԁԛԝӏґАВЕКМНОРСТУХІЈЅԌΑΒΕΖΗΙΚΜΝΟΡΤΥΧονρικυ.-]+$/u;
const styled = /[\u{1D400}-\u{1D7FF}\uFF01-\uFF5E\u2100-\u214F\u2460-\u24FF\u{1F110}-\u{1F189}]/u;

/** Limit of warnings for one text, so that the list stays readable. */
const mostOfOneText = 50;
const ascii = /^[\x20-\x7e]*$/;

/** Warnings about text that looks like something else. The absence of warnings proves nothing. */
export function warningsOf(text: string, pointer: string): Warning[] {
  const found: Warning[] = [];
  if (isSuspicious(text.replaceAll("\n", ""))) found.push({ pointer, kind: "hidden", about: "" });
  for (const word of new Set(text.match(/[\p{L}\p{M}\d.-]+/gu) ?? [])) {
    if (ascii.test(word)) continue;
    if (found.length >= mostOfOneText) break;
    const used = tests.filter(([, test]) => test.test(word)).map(([name]) => name);
    if (used.length > 1) found.push({ pointer, kind: "mixed", about: `${word} (${used.join(" + ")})` });
    else if (used.length === 1 && used[0] !== "Latin" && lookalikes.test(word)) {
      found.push({ pointer, kind: "lookalike", about: `${word} (${used[0]})` });
    }
    if (styled.test(word))
      found.push({ pointer, kind: "styled", about: `${word} (reads as ${word.normalize("NFKC")})` });
  }
  for (const host of new Set(text.match(/(?:^|[./@])(xn--[a-z0-9-]+)/giu) ?? []))
    found.push({ pointer, kind: "punycode", about: host });
  return found;
}

export const warningTexts: Readonly<Record<Warning["kind"], string>> = {
  hidden: "Invisible or deceptive characters, shown as ⟦U+…⟧",
  mixed: "One word in several scripts",
  lookalike: "Foreign letters that look like Latin ones",
  styled: "Letters in disguise",
  punycode: "Internationalised host name",
};
