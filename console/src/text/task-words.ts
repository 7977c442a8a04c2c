import type { LeaseView } from "../api/types.ts";
import type { Tone } from "./state-words.ts";

/** The state of a task, in a word and its colour. */
export const taskStates: Readonly<Record<LeaseView["state"], readonly [Tone, string]>> = {
  open: ["allow", "Open"],
  closed: ["none", "Closed"],
  expired: ["none", "Over"],
};

export interface UsedOf {
  readonly what: string;
  readonly used: string;
  /** Null for no limit. */
  readonly most: string | null;
}

/** What is used of each limit; calls also where they are not limited. */
export function usedOf({ used, limits }: Pick<LeaseView, "used" | "limits">): UsedOf[] {
  const { calls, concurrent, spend } = limits;
  return [
    { what: "calls", used: String(used.calls), most: calls === null ? null : String(calls) },
    ...(concurrent === null ? [] : [{ what: "under way", used: String(used.concurrent), most: String(concurrent) }]),
    ...Object.entries(spend).map(([unit, most]) => ({ what: unit, used: used.spend[unit] ?? "0", most })),
  ];
}

/** Decimal texts, taken from each other exactly: "120", "0.5" → "119.5". Nothing is left where more is used. */
export function leftOf(most: string, used: string): string {
  const decimals = Math.max(...[most, used].map((text) => text.split(".")[1]?.length ?? 0));
  const scaled = (text: string): bigint => {
    const [whole = "0", rest = ""] = text.split(".");
    return BigInt(whole + rest.padEnd(decimals, "0"));
  };
  const left = scaled(most) - scaled(used);
  if (left <= 0n) return "0";
  const digits = String(left).padStart(decimals + 1, "0");
  if (decimals === 0) return digits;
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`.replace(/\.?0+$/, "");
}

export function usedText(task: Pick<LeaseView, "used" | "limits">): string {
  return usedOf(task)
    .map(({ what, used, most }) => (most === null ? `${used} ${what}` : `${used} of ${most} ${what}`))
    .join(", ");
}

/** Who may use it: "refund-bot, client support". */
export function agentsText({ agents }: Pick<LeaseView, "agents">): string {
  return agents.map(({ subject, client }) => subject ?? `client ${client}`).join(", ");
}

/** What the form of a new task says, as the API has it; what is empty is left out. */
export function taskRequest(given: (name: string) => string): object {
  const listed = (name: string) => given(name).split(/[\s,]+/).filter((part) => part !== ""); // prettier-ignore
  const issuer = given("issuer");
  const agents = listed("agents").map((subject) => (issuer === "" ? { subject } : { subject, issuer }));
  const spend = listed("spend").map((part) => part.split("=", 2));
  const numbers = ["calls", "concurrent"].flatMap((name) => (given(name) === "" ? [] : [[name, Number(given(name))]]));
  return {
    purpose: given("purpose"),
    tools: listed("tools"),
    agents,
    ...(listed("targets").length === 0 ? {} : { targets: listed("targets") }),
    ...(given("serves") === "" ? {} : { serves: given("serves") }),
    limits: {
      ...Object.fromEntries(numbers),
      ...(given("time") === "" ? {} : { time: given("time") }),
      ...(spend.length === 0 ? {} : { spend: Object.fromEntries(spend.map(([unit, amount = ""]) => [unit, amount])) }),
    },
  };
}
