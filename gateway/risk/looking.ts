import type { OutsideSignal, RiskQuestion } from "../domain/ports.ts";
import { halved, type RiskReading, type RiskSettings, type RiskSignal } from "../domain/risk.ts";
import { sessionKey } from "../domain/session-key.ts";
import type { CallerMemory } from "./caller-memory.ts";
import { destinationsOf, type Digest } from "./destinations.ts";
import { overlap, purposeWords } from "./purpose.ts";

/** A call, and what is remembered of its caller. */
export interface Looking {
  readonly about: RiskQuestion;
  readonly memory: CallerMemory;
  readonly outside: readonly OutsideSignal[];
  readonly digest: Digest;
}

type Look<Name extends RiskSignal> = (
  settings: NonNullable<RiskSettings[Name]>,
  looking: Looking,
) => Omit<RiskReading, "name"> | null;

/** How each signal is looked for now; what was found of it before is added by `readings`. */
const looks: { readonly [Name in Exclude<RiskSignal, "outside_event">]: Look<Name> } = {
  new_destination: newDestination,
  burst,
  denied_streak: deniedStreak,
  unusual_hour: unusualHour,
  purpose_drift: purposeDrift,
  label_combination: labelCombination,
};

const names = Object.keys(looks) as (keyof typeof looks)[];

/** What there is of each signal: found now, or found before and not over yet. */
export function readings(looking: Looking): readonly RiskReading[] {
  const { about, memory, outside } = looking;
  const { settings, now } = about;
  const all: RiskReading[] = [];
  for (const name of names) {
    const wanted = settings[name];
    if (wanted === null) continue;
    const found = (looks[name] as Look<typeof name>)(wanted, looking);
    const kept = memory.found(name);
    const left = kept === undefined ? 0 : kept.strength * halved(Math.max(0, now - kept.at), wanted.halfLifeMs);
    if (found !== null && found.strength >= left) all.push({ name, ...found });
    else if (kept !== undefined) all.push(kept);
  }
  if (settings.outside_event !== null)
    for (const { level, evidence, at } of outside)
      all.push({ name: "outside_event", strength: level, evidence, at: Math.min(at, now) });
  return all;
}

/** Names that somebody whom the gateway trusts has given are no news. */
const named: ReadonlySet<string> = new Set(["task", "self", "approved", "created", "inside", "people", "trusted"]);

function newDestination({ calls }: { readonly calls: number }, { about, memory, digest }: Looking) {
  const { call, catalog, provenance, now } = about;
  if (catalog.destination.length === 0 || memory.calls < calls) return null;
  const used = destinationsOf(call, catalog, digest);
  const fresh = used.filter((destination) => !memory.knows(destination)).length;
  // Only where rules have asked where values come from: to find it out for this alone costs more than it is worth.
  if (fresh === 0 || (provenance.isRead && allNamed(provenance))) return null;
  return { strength: 1, evidence: `${fresh} of ${used.length} destinations not used by this caller before`, at: now };
}

function allNamed({ provenance }: RiskQuestion["provenance"]): boolean {
  const destinations = provenance.filter(({ role }) => role === "destination");
  return destinations.length > 0 && destinations.every(({ seen, inside }) => inside || named.has(seen));
}

function burst(
  { calls, perMs }: { readonly calls: number; readonly perMs: number },
  { about: { now }, memory }: Looking,
) {
  const made = memory.callsIn(now, perMs);
  if (made <= calls) return null;
  const strength = Math.min(1, (made - calls) / calls);
  return { strength, evidence: `about ${Math.round(made)} calls in ${Math.round(perMs / 1_000)} s`, at: now };
}

function deniedStreak(
  { calls, halfLifeMs }: { readonly calls: number; readonly halfLifeMs: number },
  { about: { now }, memory }: Looking,
) {
  const left = memory.denialsAt(now, halfLifeMs);
  if (left < 0.1) return null;
  const { deniedAt: at } = memory;
  // As strong as it was at the last denial: it is halved from then on.
  const then = memory.denialsAt(at, halfLifeMs);
  const count = then.toFixed(1).replace(/\.0$/, "");
  return { strength: Math.min(1, then / calls), evidence: `calls denied lately: ${count}`, at: Math.min(at, now) };
}

function unusualHour({ days }: { readonly days: number }, { about, memory }: Looking) {
  const { time, now } = about;
  const { all, near } = memory.daysOf(time.hour);
  if (all < days || near > 0) return null;
  return { strength: 1, evidence: `no call near ${time.hour}:00 UTC on ${all} days`, at: now };
}

/** A purpose that the token states now, against the one of the task, or the one that its session had first. */
function purposeDrift(_settings: unknown, { about, memory }: Looking) {
  const { intent, task, subject, session, now } = about;
  if (intent.purpose === null || intent.declared_by !== "token") return null;
  const first = task === null ? memory.purposeOf(sessionKey(subject, session)) : purposeWords(task.purpose);
  if (first === undefined) return null;
  const shared = overlap(first, purposeWords(intent.purpose));
  if (shared >= 0.5) return null;
  const of = task === null ? "the one that the session began with" : "that of the task";
  return { strength: 1 - shared, evidence: `the purpose is another than ${of}`, at: now };
}

function labelCombination(
  { combinations }: { readonly combinations: readonly (readonly string[])[] },
  { about: { session, now } }: Looking,
) {
  const together = combinations.find((labels) => labels.every((label) => session.labels.includes(label)));
  if (together === undefined) return null;
  return { strength: 1, evidence: `the session has the labels ${together.join(", ")}`, at: now };
}
