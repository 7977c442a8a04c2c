/** Each state and effect: the colour family it belongs to and the word people read. */
export type Tone = "allow" | "hold" | "deny" | "none";

const words: Readonly<Record<string, readonly [Tone, string]>> = {
  allow: ["allow", "Allowed"],
  deny: ["deny", "Denied"],
  hold: ["hold", "Held"],
  held: ["hold", "Held"],
  approved: ["allow", "Approved"],
  released: ["allow", "Released"],
  delivered: ["allow", "Executed"],
  failed: ["deny", "Failed"],
  unknown: ["deny", "Outcome unknown"],
  denied: ["deny", "Denied"],
  expired: ["none", "Expired"],
  cancelled: ["none", "Cancelled"],
  drifted: ["none", "Changed"],
};

export function toneOf(state: string): Tone {
  return words[state]?.[0] ?? "none";
}

export function wordOf(state: string): string {
  return words[state]?.[1] ?? state;
}
