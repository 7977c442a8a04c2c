import { saidLifetimeS } from "../../../../gateway/credentials/oauth/configuration.ts";

test.each([
  ["as it is said", 600, 600],
  ["as unknown where nothing is said", undefined, null],
  ["as a year where no date comes of what is said", 1e300, 31_622_400],
])("takes the life of a token %s", (_how, said, taken) => {
  expect(saidLifetimeS(said === undefined ? {} : { expires_in: said })).toBe(taken);
  expect(() => new Date(Date.now() + (taken ?? 0) * 1_000).toISOString()).not.toThrow();
});
