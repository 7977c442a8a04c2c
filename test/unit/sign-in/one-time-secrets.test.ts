import { oneTime } from "../../../gateway/sign-in/one-time-secrets.ts";
import { TestClock } from "../../support/builders.ts";

function secrets() {
  const clock = new TestClock();
  return { clock, kept: oneTime<string>(clock, { lifetimeMs: 60_000, capacity: 1_000, perAsker: 100 }) };
}

test("gives a value out once, in time, and to who was given the secret", () => {
  const { clock, kept } = secrets();
  kept.keep("alice", "s1", "one");
  kept.keep("alice", "s2", "two");
  expect([kept.take("bob", "s1"), kept.take("alice", "s1"), kept.take("alice", "s1")]).toEqual([null, "one", null]);
  clock.advance(60_000);
  expect(kept.take("alice", "s2")).toBeNull();
});

test("keeps an honest person's secret while another one asks for ten thousand", () => {
  const { kept } = secrets();
  kept.keep("alice", "hers", "hers");
  for (let n = 0; n < 10_001; n += 1) kept.keep("mallory", `s${n}`, "his");
  expect(kept.take("alice", "hers")).toBe("hers");
});

test("counts a secret on the account that it is kept for, whoever may bring it back", () => {
  const { kept } = secrets();
  kept.keep("", "honest", "honest", "address 192.0.2.1");
  for (let n = 0; n < 10_001; n += 1) kept.keep("", `s${n}`, "flood", "address 203.0.113.9");
  expect(kept.take("", "honest")).toBe("honest");
});

test("ends a secret's time although the wall clock leaped forward and back", () => {
  const { clock, kept } = secrets();
  clock.leap(365 * 86_400_000);
  kept.keep("alice", "s", "s");
  clock.leap(-365 * 86_400_000);
  clock.advance(60_000);
  expect(kept.take("alice", "s")).toBeNull();
});
