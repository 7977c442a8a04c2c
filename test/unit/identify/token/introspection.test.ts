import { asked, closing, patient, world } from "./introspection-fixtures.ts";

/** Milliseconds, for a busy machine. */

afterEach(() => closing.all());

test("does not let a made-up token that comes again and again hammer the issuer", async () => {
  const { judge, idp } = await world({ active: false });
  for (let call = 0; call < 20; call += 1) expect(await judge("made-up")).toBe("token_invalid");
  expect(idp.questions).toHaveLength(1);
});

test("sheds questions beyond a hundred at once, instead of keeping every caller", async () => {
  const { judge, idp } = await world();
  idp.state.delayMs = 1_000;
  const answers = await Promise.all(Array.from({ length: 110 }, (_, index) => judge(`token-${index}`)));
  expect(answers.filter((one) => one === "introspection_unavailable")).toHaveLength(10);
});

test("refuses as unavailable when the issuer cannot be reached, leaves it alone for a second, then asks again", async () => {
  const { judge, idp, clock, active } = await world();
  await idp.close();
  expect(await judge("a")).toBe("introspection_unavailable");
  const { questions } = await asked(active, Number(new URL(idp.endpoint).port));
  expect(await judge("b")).toBe("introspection_unavailable");
  expect(questions).toHaveLength(0);
  clock.advance(1000);
  expect(await judge("b")).toMatchObject({ id: "refund-bot" });
});

test.each<[string, Partial<{ status: number; raw: string; delayMs: number }>]>([
  ["an error", { status: 500 }],
  ["no JSON", { raw: "<html>" }],
  ["nothing in time", { delayMs: 3_600_000 }],
])(
  "goes on asking about other tokens when the issuer answers %s to one, which it leaves alone for a second",
  async (_, odd) => {
    const { judge, idp, clock } = await world({}, {}, odd.delayMs === undefined ? patient : 3_000);
    Object.assign(idp.state, odd);
    expect(await judge("odd")).toBe("introspection_unavailable");
    Object.assign(idp.state, { status: 200, raw: null, delayMs: 0 });
    expect(await judge("honest")).toMatchObject({ id: "refund-bot" });
    expect(await judge("odd")).toBe("introspection_unavailable");
    expect(idp.questions.map(({ token }) => token)).toEqual(["odd", "honest"]);
    clock.advance(1000);
    expect(await judge("odd")).toMatchObject({ id: "refund-bot" });
  },
);

test("asks about a new token, and one that was active, while a stranger's fill its share without an answer", async () => {
  const { judge, idp, clock } = await world();
  expect(await judge("honest")).toMatchObject({ id: "refund-bot" });
  clock.advance(30_000);
  Object.assign(idp.state, { delayMs: 5_000, slow: "made-up" });
  const strangers = Array.from({ length: 150 }, (_, index) => judge(`made-up-${index}`));
  expect(await Promise.all([judge("honest"), judge("new")])).toMatchObject([
    { id: "refund-bot" },
    { id: "refund-bot" },
  ]);
  expect(await Promise.race(strangers)).toBe("introspection_unavailable");
});
