/**
 * Text of other people made safe for terminals and messages: what would move the cursor, colour the line, turn the
 * reading direction or hide between letters is shown by its number instead. Line ends stay when `lines` is true.
 */
export function visible(text: string, lines = false): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]|\p{Cs}/gu, (character) => {
    if (lines && character === "\n") return character;
    const number = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    return `⟦U+${number}⟧`;
  });
}
