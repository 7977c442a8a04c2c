import { isAnything } from "../../domain/ended.ts";
import type { Clock, MadeRevocation, OutsideSignals, Revocations } from "../../domain/ports.ts";
import type { Revocation } from "../../domain/revocation.ts";
import type { SignalAction, SignalEffect, SignalName, SignalTarget, TransmitterSettings } from "../../domain/signal.ts";
import { type ReadEvent, readEvent } from "./read-event.ts";
import { subjectTargets } from "./subject-targets.ts";
import type { SetEvent, VerifiedSet } from "./verify-set.ts";

export interface CarryOutDeps {
  readonly revocations: Pick<Revocations, "list" | "revoke">;
  readonly outside: Pick<OutsideSignals, "add">;
  readonly clock: Pick<Clock, "now">;
}

/** What one event of a SET has led to. */
export interface CarriedOut {
  readonly effect: SignalEffect;
  readonly detail: string | null;
  readonly targets: readonly SignalTarget[];
  readonly unused: readonly string[];
  readonly revocations: readonly string[];
}

/** A step that is checked and not taken yet, so that a SET with one wrong event does nothing. */
export type Step = () => Promise<CarriedOut>;

/**
 * What an event asks for, by the configuration of its transmitter.
 * @throws Refusal signal_malformed, signal_foreign
 */
export function planEvent(
  { name, uri, payload }: SetEvent,
  { subject, issuedAt }: Pick<VerifiedSet, "subject" | "issuedAt">,
  settings: TransmitterSettings,
  deps: CarryOutDeps,
): Step {
  const action = name === null ? undefined : settings.events.get(name);
  if (name === null || action === undefined || action.do === "ignore")
    return nothing("ignored", `${name ?? uri.slice(0, 200)} is not acted upon`);
  const event = readEvent(name, payload, issuedAt, deps.clock.now());
  const { targets, unused } = subjectTargets(subject, name, settings);
  if (targets.length === 0) return nothing("unmapped", "the subject names nothing that is known here", unused);
  const told = { name, event, settings, targets, unused };
  if (action.do === "risk") return () => signal(told, action, deps);
  return event.bad ? () => end(told, action, deps) : nothing("ignored", event.says, unused);
}

function nothing(effect: SignalEffect, detail: string, unused: readonly string[] = []): Step {
  return () => Promise.resolve({ effect, detail, targets: [], unused, revocations: [] });
}

interface Told {
  readonly name: SignalName;
  readonly event: ReadEvent;
  readonly settings: TransmitterSettings;
  readonly targets: readonly SignalTarget[];
  readonly unused: readonly string[];
}

/** A risk signal is about a subject; of a session or a token alone it is not known whose they are. */
async function signal(
  { name, event, settings, targets, unused }: Told,
  { level, forMs }: SignalAction & { readonly do: "risk" },
  { outside, clock }: CarryOutDeps,
): Promise<CarriedOut> {
  const about = targets.filter(({ kind }) => kind === "subject");
  const worth = event.level === 0 || level === null ? event.level : level;
  for (const { issuer, id } of about) {
    const told = { name, source: settings.id, level: worth, at: event.at, until: clock.now() + forMs };
    await outside.add({ issuer, subject: id }, { ...told, evidence: `${settings.id} says: ${event.says}` });
  }
  const effect = about.length === 0 ? "unmapped" : "risk";
  return { effect, detail: event.says, targets: about, unused, revocations: [] };
}

async function end(
  { name, event, settings, targets, unused }: Told,
  action: SignalAction & { readonly do: "end" },
  { revocations, clock }: CarryOutDeps,
): Promise<CarriedOut> {
  const now = clock.now();
  const said = { reason: `${name}: ${event.says}`, by: `signal of ${settings.id}` };
  const wanted = targets.map((target) => ({ ...ending(target, event, settings, action.forMs, now), ...said }));
  const standing = await revocations.list();
  const made: MadeRevocation[] = [];
  for (const one of wanted) {
    if (!standing.some((other) => covers(other, one))) made.push(await revocations.revoke(one));
  }
  const anything = made.length === 0 || made.some(({ matched }) => isAnything(matched) || matched.unanswered > 0);
  const detail = anything ? event.says : `${event.says}; ${nothingNow}`;
  return { effect: "ended", detail, targets, unused, revocations: made.map(({ id }) => id) };
}

/** Whether somebody has a token that is refused from now on is known when it is used. */
const nothingNow = "nothing was under way, held or granted";

type Ending = Pick<Revocation, "kind" | "issuer" | "target" | "until" | "before">;
type Made = Ending & Pick<Revocation, "by">;

/**
 * Who signs in again after the event gets tokens that count. The revocation stands until no token of before can be alive; a
 * session or a token that was ended never comes back, and counts for nothing whenever it was issued.
 */
function ending(
  { kind, issuer, id }: SignalTarget,
  { at }: ReadEvent,
  { about, clockSkewMs }: TransmitterSettings,
  forMs: number | null,
  now: number,
): Ending {
  const lifetimeMs = about.find((one) => one.issuer === issuer)?.maxLifetimeMs ?? 0;
  const whole = forMs !== null || kind === "session" || kind === "token";
  const until = now + (forMs ?? lifetimeMs + clockSkewMs);
  return { kind, issuer, target: id, until, before: whole ? null : endOfSecond(at) };
}

/** Tokens say when they were issued in whole seconds: one of the same second may be from before the event. */
function endOfSecond(at: number): number {
  return (Math.floor(at / 1_000) + 1) * 1_000;
}

/** A transmitter that says the same again and again must not fill the list. */
function covers(standing: Made, wanted: Made): boolean {
  const same = (["kind", "issuer", "target", "by"] as const).every((name) => standing[name] === wanted[name]);
  if (!same || standing.until === null || wanted.until === null || standing.until < wanted.until) return false;
  const [stands, asked] = [standing.before ?? Infinity, wanted.before ?? Infinity];
  return stands >= asked;
}
