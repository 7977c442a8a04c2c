import { impact } from "../../../../../gateway/cli/policy/change/impact.ts";
import { replay } from "../../../../../gateway/cli/policy/change/replay.ts";
import { expectExamples, inProcess } from "../../run.ts";
import { type ThreeEdits, threeEdits } from "../../../../support/recorded/three-edits.ts";

const total = 10_000;
let made: ThreeEdits;

beforeAll(async () => {
  made = await threeEdits(total);
}, 1_200_000);
afterAll(() => made?.remove());

interface Report {
  readonly decisions: number;
  readonly changed: number;
  readonly widened: number;
  readonly per_second: number;
  readonly kinds: readonly {
    readonly kind: string;
    readonly widens: boolean;
    readonly examples: readonly { readonly of: string }[];
  }[];
  readonly not_compared: object;
  readonly as_recorded: readonly { readonly name: string }[];
}

async function run(...args: string[]) {
  const done = await inProcess(["policy", ...args, "-c", made.config, "--json"]);
  expect(done.stderr).toBe("");
  return { code: done.code, said: JSON.parse(done.stdout) as unknown };
}

test("lists, of 10,000 recorded decisions, the changed ones and only them", async () => {
  const { code, said } = await run("replay", "--against", made.draft, "--examples", String(total));
  const report = said as Report;
  expect([code, report.decisions]).toEqual([0, total]);
  expect(report.not_compared).toEqual({ total: 0, gateway: 0, no_input: 0, places: [] });
  const expected = made.expected();
  const listed = report.kinds.flatMap(({ kind, examples }) => examples.map(({ of }) => `${of} ${kind}`));
  expect(listed.toSorted()).toEqual(expected.toSorted());
  expect(report.changed).toBe(expected.length);
  const refunds = expected.filter((line) => line.endsWith("deny→hold"));
  expect(report.widened).toBe(refunds.length);
  expect(report.kinds[0]).toMatchObject({ kind: "deny→hold", widens: true });
  expect(report.as_recorded.map(({ name }) => name)).toEqual(expect.arrayContaining(["session", "approval"]));
  process.stdout.write(
    `${report.decisions} decisions replayed, ${report.changed} changed, ${report.per_second} a second\n`,
  );
});

test("finds nothing changed where nothing is", async () => {
  const { code, said } = await run("replay", "--last", "500");
  expect(code).toBe(0);
  expect(said).toMatchObject({ decisions: 500, changed: 0, kinds: [] });
});

test("an impact that widens exits 1, with its examples, and 0 once it is accepted", async () => {
  const refused = await run("impact", made.policy.dir, made.draft, "--last", "600", "--examples", "1");
  expect(refused.code).toBe(1);
  expect(refused.said).toMatchObject({
    ok: false,
    golden: { changed: 0 },
    decisions: {
      decisions: 600,
      kinds: [{ kind: "deny→hold", widens: true, examples: [{ tool: "payments/create_refund" }] }, {}],
    },
  });
  const narrower = await run("impact", made.draft, made.policy.dir, "--last", "600", "--accept-widening");
  expect(narrower.code).toBe(0);
  expect(narrower.said).toMatchObject({
    ok: true,
    accepted: true,
    decisions: { kinds: [{ kind: "deny→allow" }, { kind: "hold→deny" }] },
  });
});

test("the help of both verbs has their examples", async () => {
  await expectExamples("policy", [replay, impact]);
});
