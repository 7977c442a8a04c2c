const units = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
  [1, "s"],
] as const;

/** "3 min ago", "in 2 h", "now". */
export function relative(then: number, now: number): string {
  const seconds = Math.round(Math.abs(then - now) / 1000);
  const [size, name] = units.find(([unit]) => seconds >= unit) ?? [1, "s"];
  if (seconds < 5) return "now";
  const text = `${Math.floor(seconds / size)} ${name}`;
  return then > now ? `in ${text}` : `${text} ago`;
}

/** The exact time in UTC with milliseconds, as records have it. */
export function exact(then: number): string {
  return new Date(then).toISOString().replace("T", " ").replace("Z", " UTC");
}

/** "14:05" or "1:02:09"; never below zero. */
export function countdown(until: number, now: number): string {
  const left = Math.max(0, Math.ceil((until - now) / 1000));
  const [hours, minutes, seconds] = [Math.floor(left / 3600), Math.floor((left % 3600) / 60), left % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/** Seconds as people say them: 41 → "41 s", 900 → "15 min", 5400 → "1 h 30 min". */
export function duration(seconds: number): string {
  return seconds < 1 ? "0 s" : elapsed(seconds * 1000);
}

/** How long something took, in milliseconds: 400 → "less than 1 s", 41,300 → "41 s", 190,000 → "3 min 10 s". */
export function elapsed(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 1) return "less than 1 s";
  const place = units.findIndex(([unit]) => seconds >= unit);
  const [[size, name], next] = [units[place] ?? units[3], units[place + 1]];
  const rest = next === undefined ? 0 : Math.floor((seconds % size) / next[0]);
  return `${Math.floor(seconds / size)} ${name}${rest === 0 || next === undefined ? "" : ` ${rest} ${next[1]}`}`;
}

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
