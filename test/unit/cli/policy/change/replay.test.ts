import { inProcess } from "../../run.ts";
import { type ThreeEdits, threeEdits } from "../../../../support/recorded/three-edits.ts";

let made: ThreeEdits;
beforeAll(async () => {
  made = await threeEdits(480);
}, 300_000);
afterAll(() => made?.remove());

interface Replayed {
  readonly kinds: readonly { readonly kind: string; readonly examples: readonly { readonly of: string }[] }[];
}

test("lists the recorded decisions that a changed fact, limit and rule change, and only them", async () => {
  const args = ["policy", "replay", "--against", made.draft, "--examples", "480", "-c", made.config, "--json"];
  const { code, stdout, stderr } = await inProcess(args);
  expect([code, stderr]).toEqual([0, ""]);
  const report = JSON.parse(stdout) as Replayed;
  expect(report).toMatchObject({ decisions: 480, compared: 480, not_compared: { total: 0 } });
  const listed = report.kinds.flatMap(({ kind, examples }) => examples.map(({ of }) => `${of} ${kind}`));
  const expected = made.expected();
  expect(listed.toSorted()).toEqual(expected.toSorted());
  expect(new Set(expected.map((line) => line.split(" ")[1]))).toEqual(new Set(["allow→deny", "deny→hold"]));
});
