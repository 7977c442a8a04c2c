export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds on a clock that never jumps. */
  monotonic(): number;
}

export interface Ids {
  /** 128 random bits or more, URL-safe, with a short prefix that says what it names. */
  make(prefix: "d" | "a" | "g" | "k" | "n" | "p" | "s" | "t" | "u"): string;
}

/** Operations log (winston behind it); carries no audit duty. */
export interface Logger {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}
