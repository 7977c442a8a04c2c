/** The scheme is bounded: otherwise a long word takes so long that the client no longer waits for the hook. */
const url = /[a-z][a-z0-9+.-]{0,30}:\/\/[^\s"'`<>()|;&\\]+/gi;

export function urlsIn(text: string): string[] {
  return text.match(url) ?? [];
}

/** What is told where the line does not say where it sends. */
export function unreadable(text: string): string {
  return told(`unreadable:${text}`);
}

/** As much of a text as is told. */
export function told(text: string): string {
  return text.slice(0, 256);
}
