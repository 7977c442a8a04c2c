import { now } from "../state/clock";
import { countdown, exact, relative } from "../text/time";
import { Icon } from "./icon.tsx";

/** Relative, with the exact time on hover. */
export function Ago({ at }: { readonly at: number }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={exact(at)}>
      {relative(at, now.value)}
    </time>
  );
}

/** Time left; not announced every second, a screen reader finds it as text. */
export function Countdown({ until }: { readonly until: number }) {
  const left = until - now.value;
  return (
    <span class={left < 60_000 ? "countdown urgent" : "countdown"} role="timer" aria-live="off" title={exact(until)}>
      <Icon name="clock" />
      {left > 0 ? `${countdown(until, now.value)} left` : "time is up"}
    </span>
  );
}
