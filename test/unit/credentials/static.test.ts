import { staticCredential } from "../../../gateway/credentials/static.ts";
import type { CredentialWish } from "../../../gateway/domain/ports.ts";
import { TestClock } from "../../support/builders.ts";

const wish = {} as CredentialWish;
const settings = {
  provider: "static",
  name: "crm",
  reference: "file:/key",
  place: { in: "header", name: "authorization", prefix: "Bearer " },
} as const;

test("uses a changed secret within a second, and does not read it for every call", async () => {
  const clock = new TestClock();
  let [value, reads] = ["first", 0];
  const provider = staticCredential(settings, { clock, secret: () => ((reads += 1), value) });
  value = "second";
  for (const _call of [1, 2, 3])
    expect(await provider.obtain(wish)).toMatchObject({ inject: [{ value: "Bearer first" }], secrets: ["first"] });
  clock.advance(1_000);
  expect(await provider.obtain(wish)).toMatchObject({ inject: [{ value: "Bearer second" }], secrets: ["second"] });
  expect(reads).toBe(2);
});

test("fails once the secret is gone, with its reference and not its value", async () => {
  const clock = new TestClock();
  let gone = false;
  const secret = (reference: string): string => {
    if (gone) throw new Error(`${reference} cannot be read`);
    return "first";
  };
  const provider = staticCredential(settings, { clock, secret });
  gone = true;
  clock.advance(1_000);
  await expect(provider.obtain(wish)).rejects.toMatchObject({
    kind: "misconfigured",
    message: "file:/key cannot be read",
  });
});

test("keeps the password inside of Basic secret, too", async () => {
  const place = { in: "header", name: "authorization", prefix: "Basic " } as const;
  const pair = Buffer.from("gateway:correct horse").toString("base64");
  const provider = staticCredential({ ...settings, place }, { clock: new TestClock(), secret: () => pair });
  expect((await provider.obtain(wish)).secrets).toEqual([pair, "gateway:correct horse", "correct horse"]);
});

test("throws at the start when the secret cannot be read", () => {
  const secret = (): string => {
    throw new Error("environment variable CRM is not set");
  };
  expect(() => staticCredential(settings, { clock: new TestClock(), secret })).toThrow("CRM is not set");
});
