/** More than this in one prompt are told as one that no rule knows. */
const most = 50;

/** The scheme is bounded: otherwise a long word takes too long. */
const begin = /[a-z][a-z0-9+.-]{0,30}:\/\//i;
/** As a model reads prose: up to a quote or a bracket. */
const inProse = /[a-z][a-z0-9+.-]{0,30}:\/\/[^\s"'`<>()]+/gi;

/**
 * The URLs of a prompt for a tool that fetches what its prompt names. Gemini CLI takes each word between blanks for a URL, so `;`, `&`, `|`,
 * quotes and parentheses are characters of it. What the model itself fetches ends at a quote or a bracket: where that is another host, both
 * are told.
 */
export function urlsInPrompt(prompt: string): string[] {
  const found = new Set(prompt.split(/\s+/).flatMap(urlsOfWord));
  return found.size <= most ? [...found] : [...[...found].slice(0, most - 1), "unreadable:more"];
}

function urlsOfWord(word: string): string[] {
  const at = word.search(begin);
  if (at === -1) return [];
  const cut = word.match(inProse) ?? [];
  // A word that begins otherwise is no URL to the client.
  if (at > 0) return cut.length === 0 ? [word.slice(at)] : cut;
  const url = URL.parse(word);
  if (url === null) return [word, ...cut];
  // Of `https://a.example).` the end is the sentence's.
  const host = url.host.replace(/[)"'`.,;!?]+$/, "");
  const others = cut.filter((one) => URL.parse(one)?.host !== url.host);
  return host !== url.host && others.some((one) => URL.parse(one)?.host === host)
    ? others
    : [withoutUser(word, url), ...others];
}

/** A name and a password before the host can hold quotes, which end a URL elsewhere. */
function withoutUser(word: string, url: URL): string {
  if (url.username === "" && url.password === "") return word;
  [url.username, url.password] = ["", ""];
  return url.href;
}
