/**
 * How long the card was visible by the gateway's count, in milliseconds, and the server's time of that count; `since`
 * is null while the card is hidden.
 */
export interface Viewed {
  readonly ms: number;
  readonly since: number | null;
}

/**
 * Whole seconds for which a card has still to be read before it can be approved; 0 when it can be now. The server's
 * time is known from its answers and may go back by their time on the way: that takes no time away.
 * @param neededMs milliseconds
 * @param now the server's time
 */
export function secondsToRead(neededMs: number, viewed: Viewed, now: number): number {
  const seen = viewed.ms + (viewed.since === null ? 0 : Math.max(0, now - viewed.since));
  return Math.max(0, Math.ceil((neededMs - seen) / 1000));
}
