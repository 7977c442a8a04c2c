/** What `npm run test:long` runs: the files named `*.long.test.ts`, which take minutes together. */
import short from "./jest.config.mjs";

// Several processes are started before the first test of a file, some of which compile a policy.
export default { ...short, testTimeout: 300_000, testMatch: ["**/*.long.test.ts"], testPathIgnorePatterns: [] };
