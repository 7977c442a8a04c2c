import { existsSync } from "node:fs";
import { join } from "node:path";
import { goldenCases } from "../bundles/golden.ts";
import type { Clock } from "../domain/ports.ts";
import { PolicyFault } from "../domain/ports.ts";
import { loadPolicy } from "./load-policy.ts";

export interface GoldenFuel {
  readonly name: string;
  /** Null when the case could not be evaluated; activation says why. */
  readonly fuel: number | null;
}

/** What each golden case costs in the gateway's engine: the same number on every machine. OPA's own tests know no fuel. */
export async function goldenFuel(folder: string, config: string, clock: Clock): Promise<GoldenFuel[]> {
  if (!existsSync(join(folder, "golden"))) return [];
  const { policy, sources } = await loadPolicy(folder, config, clock);
  const fuelOf = ({ entrypoint, input }: ReturnType<typeof goldenCases>[number]): number | null => {
    try {
      return policy.evaluate(entrypoint, input).fuel;
    } catch (error) {
      if (error instanceof PolicyFault) return null;
      throw error;
    }
  };
  const cases = goldenCases(sources).filter(({ file }) => file !== null);
  return cases.map((golden) => ({ name: golden.name, fuel: fuelOf(golden) }));
}
