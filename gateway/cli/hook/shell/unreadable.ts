/** The scheme is bounded: otherwise a long word takes so long that the client no longer waits for the hook. */
const url = /[a-z][a-z0-9+.-]{0,30}:\/\/[^\s"'`<>()|;&\\]+/gi;

export function urlsIn(text: string): string[] {
  return text.match(url) ?? [];
}

/** Stands for a destination that the line does not show. */
export function unreadable(text: string): string {
  return shortened(`unreadable:${text}`);
}

/** As much of a text as is shown. */
export function shortened(text: string): string {
  return text.slice(0, 256);
}
