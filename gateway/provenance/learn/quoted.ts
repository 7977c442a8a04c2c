/** Above what is forwarded, or answered, as mail programs write it. */
const above = [
  /^\s*[-_*=]{2,}\s*(?:original(?:e)? |forwarded |ursprüngliche |weitergeleitete |messaggio |doorgestuurd |oorspronkelijk )?(?:message|nachricht|mensaje|messaggio|bericht|inoltrato|transféré|reenviado|original)\b/i,
  /^\s*(?:begin forwarded message|anfang der weitergeleiteten nachricht|début du message)\b/i,
  /^\s*(?:on|am|le|el|il|op)\b.{0,200}\b(?:wrote|schrieb|a écrit|escribió|ha scritto|schreef)\b.{0,80}:\s*$/i,
  /^\s*(?:from|von|de|da|van)\s*:.*@/i,
];

const quoted = /^\s*[>|]/;

export interface Parts {
  readonly own: string;
  readonly quoted: string;
}

/** What an author has written, and what of somebody else it repeats: lines with a mark of quotation, and all that stands below. */
export function partsOf(text: string): Parts {
  if (!/[>|:]|--|__|==/.test(text)) return { own: text, quoted: "" };
  const lines = text.split(/\r\n|[\n\r]/);
  const end = lines.findIndex((line) => above.some((form) => form.test(line)));
  const first = end < 0 ? lines : lines.slice(0, end);
  const below = end < 0 ? [] : lines.slice(end);
  const own = first.filter((line) => !quoted.test(line));
  return { own: own.join("\n"), quoted: [...first.filter((line) => quoted.test(line)), ...below].join("\n") };
}
