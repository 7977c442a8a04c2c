/** Failure seen elsewhere: an approval that survives a tool or endpoint change. */
import { tryWorldChange, worldChanges } from "../../verify/approvals/fields/world-changes.ts";
import { type House, openHouse } from "../../verify/approvals/world/house.ts";
import { type CountingUpstream, countingUpstream } from "../../verify/approvals/world/upstream.ts";

let house: House;
let elsewhere: CountingUpstream;

beforeAll(async () => {
  [house, elsewhere] = await Promise.all([openHouse(), countingUpstream()]);
}, 120_000);
afterAll(() => Promise.all([house?.close(), elsewhere?.close()]));

const aboutTools = worldChanges.filter(({ field }) => field === "definition_digest" || field === "origin");

test.each(aboutTools.map((change, at) => [change.what, change, at] as const))(
  "an approval that survives a tool or endpoint change: it does not when %s",
  async (_what, change, at) => {
    expect(await tryWorldChange(house, elsewhere, `changed-${at}`, change)).toBeNull();
  },
);
