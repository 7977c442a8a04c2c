/** 0.984 → "98 %"; never rounded up to all or down to none. */
export function percent(share: number | null): string {
  if (share === null) return "no votes";
  const rounded = Math.round(share * 100);
  if (rounded === 100 && share < 1) return "99 %";
  if (rounded === 0 && share > 0) return "1 %";
  return `${rounded} %`;
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** Seconds to a tenth below ten: 3.04 → "3.0 s". */
export function secondsText(seconds: number | null): string {
  if (seconds === null) return "never opened";
  return seconds < 10 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds).toLocaleString("en")} s`;
}

/** Milliseconds to a tenth, from a second on in seconds: 12.34 → "12.3 ms", 2,006 → "2.0 s". */
export function tookText(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds.toFixed(1)} ms` : secondsText(milliseconds / 1000);
}

/** Names of the bins between splits: "< 2 s", "2–5 s", "> 5 s". */
export function binNames(splits: readonly number[]): string[] {
  const short = (seconds: number): string => (seconds < 60 ? `${seconds} s` : `${seconds / 60} min`);
  return [...splits, Infinity].map((split, index) => {
    const from = splits[index - 1];
    if (from === undefined) return `< ${short(split)}`;
    return split === Infinity
      ? `> ${short(from)}`
      : `${short(from).replace(/ s$/, split < 60 ? "" : " s")}–${short(split)}`;
  });
}
