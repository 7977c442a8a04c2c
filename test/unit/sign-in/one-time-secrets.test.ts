import { ownSecrets } from "../../../gateway/sign-in/one-time-secrets.ts";
import { TestClock } from "../../support/builders.ts";

function secrets() {
  const clock = new TestClock();
  return { clock, kept: ownSecrets(clock)<string>("test", { lifetimeMs: 60_000, capacity: 1_000, perAsker: 100 }) };
}

test("gives a value out once, in time, and to who was given the secret", async () => {
  const { clock, kept } = secrets();
  await kept.keep("alice", "s1", "one");
  await kept.keep("alice", "s2", "two");
  expect([await kept.take("bob", "s1"), await kept.take("alice", "s1"), await kept.take("alice", "s1")]).toEqual([
    null,
    "one",
    null,
  ]);
  clock.advance(60_000);
  expect(await kept.take("alice", "s2")).toBeNull();
});

test("keeps an honest person's secret while another one asks for ten thousand", async () => {
  const { kept } = secrets();
  await kept.keep("alice", "hers", "hers");
  for (let n = 0; n < 10_001; n += 1) await kept.keep("mallory", `s${n}`, "his");
  expect(await kept.take("alice", "hers")).toBe("hers");
});

test("counts a secret on the account that it is kept for, whoever may bring it back", async () => {
  const { kept } = secrets();
  await kept.keep("", "honest", "honest", "address 192.0.2.1");
  for (let n = 0; n < 10_001; n += 1) await kept.keep("", `s${n}`, "flood", "address 203.0.113.9");
  expect(await kept.take("", "honest")).toBe("honest");
});

test("ends a secret's time although the wall clock leaped forward and back", async () => {
  const { clock, kept } = secrets();
  clock.leap(365 * 86_400_000);
  await kept.keep("alice", "s", "s");
  clock.leap(-365 * 86_400_000);
  clock.advance(60_000);
  expect(await kept.take("alice", "s")).toBeNull();
});
