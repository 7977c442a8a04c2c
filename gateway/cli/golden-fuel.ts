import { difference, goldenCases } from "../bundles/golden-cases.ts";
import type { JsonValue } from "../lib/json.ts";
import type { Clock } from "../domain/ports.ts";
import { PolicyFault } from "../domain/ports.ts";
import { loadPolicy } from "./load-policy.ts";

export interface GoldenFuel {
  readonly name: string;
  readonly file: string;
  /** Null when the case could not be evaluated. */
  readonly fuel: number | null;
  /** What keeps the gateway from activating this policy; null when the answer is the wanted one. */
  readonly wrong: string | null;
}

/** How the gateway's own engine answers each golden case, and what that costs: the same number on every machine. OPA's tests know neither. */
export async function goldenFuel(folder: string, config: string, clock: Clock): Promise<GoldenFuel[]> {
  const { policy, sources } = await loadPolicy(folder, config, clock);
  return goldenCases(sources).flatMap(({ name, file, entrypoint, input, want }): GoldenFuel[] => {
    if (file === null) return [];
    try {
      const { fuel, results } = policy.evaluate(entrypoint, input);
      const [answer] = results as readonly { readonly result: JsonValue }[];
      return [{ name, file, fuel, wrong: difference(want, answer?.result) }];
    } catch (error) {
      if (error instanceof PolicyFault) return [{ name, file, fuel: null, wrong: error.message }];
      throw error;
    }
  });
}
