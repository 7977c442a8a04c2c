/** Something that is wrong now. It stands on /readyz, in `sallyport health` and in the console until it is right again. */
export interface Finding {
  /** Short stable name, e.g. "policy" or "decision-log". */
  readonly name: string;
  readonly problem: string;
  /** What to do about it; null when nobody knows. */
  readonly fix: string | null;
  /** "unready": /readyz is 503 until it is mended. "degraded": calls go on, and somebody should look. */
  readonly severity: "unready" | "degraded";
}

/** A component that can say what is wrong with it. Called for every probe, so it answers from memory. */
export interface FindingSource {
  findings(): readonly Finding[];
}

export interface HealthReport {
  readonly ready: boolean;
  readonly findings: readonly Finding[];
}
