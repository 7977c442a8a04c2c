import type { JsonObject, JsonValue } from "../lib/json.ts";

/** What is the state of a moment, or was found out at the time, and is taken as it was. */
const ofTheMoment = [
  "session",
  "task",
  "approval",
  "risk",
  "provenance",
  "secrets",
  "copied",
  "completes",
  "before",
  "asked",
];
const noted: ReadonlySet<string> = new Set([...ofTheMoment, "detected"]);

export function isOfTheMoment([first, second, ...more]: readonly string[]): boolean {
  return first === "context" && second !== undefined && more.length === 0 && ofTheMoment.includes(second);
}

const noRisk: JsonObject = { score: null, signals: [] };

interface Reading {
  /** Takes the pointers to hidden members that were read. */
  readonly unknown: Set<string>;
  /** Takes the names of members that were read as they were recorded. */
  readonly asRecorded: Set<string>;
  /** Members of the moment that nobody knows. */
  readonly hidden: readonly string[];
  /** Whether there is no risk, whatever was recorded. */
  readonly isRiskNone: boolean;
  /** What detectors find in the arguments; asked where the record does not say. */
  readonly detections: (args: JsonValue) => JsonValue;
}

/**
 * `context` of a recorded input as a policy is shown it, which notes what is read. Its getters are on the prototype, and enumerable, as those of
 * `InputContext`, and for the same reason: getters of an object itself are slow to make and slow to read.
 */
export class ShownContext {
  readonly #members: JsonObject;
  readonly #reading: Reading;

  constructor(members: JsonObject, reading: Reading) {
    this.#members = members;
    this.#reading = reading;
    for (const name of Object.keys(members)) {
      if (noted.has(name)) continue;
      // Also one that is looked up itself, as a part of it that is hidden.
      Object.defineProperty(this, name, Object.getOwnPropertyDescriptor(members, name) ?? {});
    }
  }

  static {
    for (const name of noted) {
      const get = function (this: ShownContext): JsonValue | undefined {
        return this.#read(name);
      };
      Object.defineProperty(this.prototype, name, { get, enumerable: true });
    }
  }

  /** All members as an object of its own: what is looked up is looked up then. */
  toJSON(): JsonObject {
    const whole: Record<string, JsonValue> = {};
    for (const name in this) whole[name] = (this as unknown as JsonObject)[name] as JsonValue;
    return whole;
  }

  #read(name: string): JsonValue | undefined {
    const { unknown, asRecorded, hidden, isRiskNone, detections } = this.#reading;
    const value = this.#members[name];
    if (name === "detected") return value ?? detections((this as unknown as JsonObject)["arguments"] ?? {});
    if (name === "risk" && isRiskNone) return noRisk;
    if (hidden.includes(name)) {
      unknown.add(`/context/${name}`);
      return null;
    }
    if (value !== undefined && value !== null) asRecorded.add(name);
    return value;
  }
}
