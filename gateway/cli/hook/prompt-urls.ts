import { endsAsHost } from "../../lib/host-end.ts";

/** More than this in one prompt are told as one that no rule knows. */
const most = 50;

/** The scheme is bounded: otherwise a long word takes too long. */
const begin = /[a-z][a-z0-9+.-]{0,30}:\/\//i;
/** As a model reads prose: up to a quote or a bracket. */
const inProse = /[a-z][a-z0-9+.-]{0,30}:\/\/[^\s"'`<>()]+/gi;
/** Between two URLs of a list without blanks. */
const between = /[,;|](?=[a-z][a-z0-9+.-]{0,30}:\/\/)/i;

/**
 * The URLs of a prompt for a tool that fetches what its prompt names. Gemini CLI takes each word between blanks that holds `://` and parses
 * for a URL, so `;`, `&`, `|`, quotes and parentheses are characters of it, and `https:/host` is one as well. What the model itself fetches
 * ends at a quote or a bracket: where that is another host, both are told.
 */
export function urlsInPrompt(prompt: string): string[] {
  const found = new Set(prompt.split(/\s+/).flatMap(urlsOfWord));
  return found.size <= most ? [...found] : [...[...found].slice(0, most - 1), "unreadable:more"];
}

function urlsOfWord(word: string): string[] {
  if (!word.includes("://")) return [];
  const cut = (word.match(inProse) ?? []).flatMap((one) => one.split(between)).map(withoutSentenceEnd);
  const url = URL.parse(word);
  if (url === null || url.host === "") return cut.length > 0 ? cut : fromBegin(word);
  // Of `https://a.example).` the end is the sentence's: no such host exists.
  if (!endsAsHost(url.hostname) && cut.length > 0) return cut;
  return [asFetched(word, url), ...cut.filter((one) => URL.parse(one)?.host !== url.host)];
}

/** What looks like a URL and is none keeps its text, which no rule knows. */
function fromBegin(word: string): string[] {
  const at = word.search(begin);
  return at === -1 ? [] : [word.slice(at)];
}

/** From the end, character by character: a pattern looks for the end from each of them. */
function withoutSentenceEnd(text: string): string {
  let end = text.length;
  while (end > 0 && ".,;!?|".includes(text.charAt(end - 1))) end -= 1;
  const left = text.slice(0, end);
  return URL.canParse(left) ? left : text;
}

/** As it is written where everybody reads that alike. A name and a password before the host can hold quotes, which end a URL elsewhere. */
function asFetched(word: string, url: URL): string {
  const isPlain = /^[a-z][a-z0-9+.-]{0,30}:\/\/[^/\\]/i.test(word);
  if (isPlain && url.username === "" && url.password === "") return word;
  [url.username, url.password] = ["", ""];
  return url.href;
}
