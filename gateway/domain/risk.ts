import { internJson, type JsonObject } from "../lib/json.ts";

/** What says that a call is riskier than others. Names are those of the policy input and of `data.sallyport.risk`. */
export const riskSignals = [
  "new_destination",
  "burst",
  "denied_streak",
  "unusual_hour",
  "purpose_drift",
  "label_combination",
  "outside_event",
] as const;
export type RiskSignal = (typeof riskSignals)[number];

/** How much a signal counts, at most, and after which time half of that is left. */
interface Weighed {
  /** 0 to 1. */
  readonly weight: number;
  readonly halfLifeMs: number;
}

/** `data.sallyport.risk`: its signals, of which those that are null are not looked for, and its thresholds. */
export interface RiskSettings {
  /** The scores from which on policy asks people or denies, lowest first. */
  readonly thresholds: readonly number[];
  /** `calls`: a caller must have made so many calls before a destination of it can be new. */
  readonly new_destination: (Weighed & { readonly calls: number }) | null;
  /** More than `calls` in `perMs`; twice as many is the whole weight. */
  readonly burst: (Weighed & { readonly calls: number; readonly perMs: number }) | null;
  /** `calls` denials, of which half count after the half-life, are the whole weight. */
  readonly denied_streak: (Weighed & { readonly calls: number }) | null;
  /** An hour in which the caller did not call before, once it has called on `days` days. */
  readonly unusual_hour: (Weighed & { readonly days: number }) | null;
  readonly purpose_drift: Weighed | null;
  /** Labels that the session has together. */
  readonly label_combination: (Weighed & { readonly combinations: readonly (readonly string[])[] }) | null;
  readonly outside_event: Weighed | null;
}

/** What was found of one signal. */
export interface RiskReading {
  readonly name: RiskSignal;
  /** Of its weight, 0 to 1. */
  readonly strength: number;
  /** One sentence for people, without values of the call. */
  readonly evidence: string;
  /** When it was found, in milliseconds since the epoch. */
  readonly at: number;
}

export interface RiskFact {
  /** 0 to 1; null when nobody has looked. */
  readonly score: number | null;
  /** The heaviest first. */
  readonly signals: readonly RiskSignalFact[];
}

export interface RiskSignalFact {
  readonly name: RiskSignal;
  /** What it adds to the score now. */
  readonly weight: number;
  readonly evidence: string;
  /** Seconds. */
  readonly ago: number;
}

/** The risk of a call, looked for at its first use, since few rules ask. */
export interface RiskFacts extends RiskFact {
  /** Whether somebody has looked. */
  readonly isRead: boolean;
  /** What the signals were made of; empty as long as nobody has looked. */
  readonly readings: readonly RiskReading[];
  /** See `RiskSettings`. */
  readonly thresholds: readonly number[];
}

const nothing: RiskFact = internJson({ score: null, signals: [] });

/** The fact for a policy that does not read it. */
export const noRisk: RiskFacts = Object.freeze({ ...nothing, isRead: true, readings: [], thresholds: [] });

/** Risk that is looked for when it is asked for. */
export class RiskOnDemand implements RiskFacts {
  readonly #look: () => readonly RiskReading[];
  readonly #settings: RiskSettings;
  readonly #now: number;
  #readings: readonly RiskReading[] | null = null;
  #fact: RiskFact | null = null;

  /** `now` in milliseconds since the epoch. */
  constructor(look: () => readonly RiskReading[], settings: RiskSettings, now: number) {
    this.#look = look;
    this.#settings = settings;
    this.#now = now;
  }

  get isRead(): boolean {
    return this.#readings !== null;
  }

  get readings(): readonly RiskReading[] {
    return this.#readings ?? [];
  }

  get thresholds(): readonly number[] {
    return this.#settings.thresholds;
  }

  get score(): number | null {
    return this.#looked.score;
  }

  get signals(): readonly RiskSignalFact[] {
    return this.#looked.signals;
  }

  get #looked(): RiskFact {
    this.#readings ??= this.#look();
    return (this.#fact ??= riskFact(this.#readings, this.#settings, this.#now));
  }
}

/** Two decimals: a score that changed with every millisecond would make another input of every call. */
const steps = 100;

/** The sum of what is left of each signal's weight, at most 1. Pure. */
export function riskFact(readings: readonly RiskReading[], settings: RiskSettings, now: number): RiskFact {
  const signals = readings.flatMap(({ name, strength, evidence, at }): RiskSignalFact[] => {
    const weighed = settings[name];
    if (weighed === null) return [];
    const ageMs = Math.max(0, now - at);
    const weight = rounded(weighed.weight * strength * halved(ageMs, weighed.halfLifeMs));
    return weight === 0 ? [] : [{ name, weight, evidence, ago: Math.round(ageMs / 1_000) }];
  });
  const score = rounded(
    Math.min(
      1,
      signals.reduce((sum, { weight }) => sum + weight, 0),
    ),
  );
  return { score, signals: signals.toSorted((a, b) => b.weight - a.weight || (a.name < b.name ? -1 : 1)) };
}

function rounded(value: number): number {
  return Math.round(value * steps) / steps;
}

/** What is left of one after a time. */
export function halved(ageMs: number, halfLifeMs: number): number {
  return ageMs === 0 ? 1 : 2 ** (-ageMs / halfLifeMs);
}

/** In the form of the policy input. */
export function riskDocument(risk: RiskFacts): JsonObject {
  if (risk === noRisk) return nothing as unknown as JsonObject;
  return { score: risk.score, signals: risk.signals.map((signal) => ({ ...signal })) };
}
