/** What `npm run test:long` runs: the files named `*.long.test.ts`, which take minutes together. */
import short from "./jest.config.mjs";

export default { ...short, testMatch: ["**/*.long.test.ts"], testPathIgnorePatterns: [] };
