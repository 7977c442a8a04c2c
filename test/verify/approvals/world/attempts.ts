import type { House } from "./house.ts";
import { inParallel } from "./in-parallel.ts";
import type { Tally } from "./tally.ts";

/** Callers at each gateway. */
const width = 48;

export interface Attempts {
  readonly path: string;
  /** One for each gateway. */
  readonly tokens: readonly string[];
  readonly plan: readonly { readonly item: string; readonly times: number }[];
}

/** The same calls from all sides at once, item by item, so that all who want the same one meet. */
export async function fromAllSides(
  { gateways }: House,
  { path, tokens, plan }: Attempts,
  tally: Tally,
  progress: (done: number) => void,
): Promise<void> {
  const share = plan.flatMap(({ item, times }) =>
    Array.from({ length: Math.ceil(times / gateways.length) }, () => item),
  );
  await Promise.all(
    gateways.map(({ caller }, at) =>
      inParallel(share, width, async (item) => {
        tally.add(await caller.call({ path, token: tokens[at] as string, json: { item } }));
        progress(tally.total);
      }),
    ),
  );
}
