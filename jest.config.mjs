/**
 * What `npm test` runs: every test but the files named `*.long.test.ts`, which `jest.long.config.mjs` runs. Tests run as the product
 * does: ECMAScript modules, TypeScript as written (types are checked by tsc, not here).
 */
export default {
  testEnvironment: "<rootDir>/scripts/jest-environment.mjs",
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  testPathIgnorePatterns: ["\\.long\\.test\\.ts$"],
  extensionsToTreatAsEsm: [".ts", ".tsx"],
  transform: {
    "^.+\\.tsx?$": [
      "@swc/jest",
      { jsc: { target: "es2024", parser: { syntax: "typescript" } }, module: { type: "es6" } },
    ],
  },
  // A guard against what hangs, not a measurement: a busy machine is slow.
  testTimeout: 120_000,
  maxWorkers: 2,
  testSequencer: "<rootDir>/scripts/jest-sequencer.mjs",
  reporters: ["default", "<rootDir>/scripts/jest-summary.mjs"],
};
