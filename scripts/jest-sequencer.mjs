import { createRequire } from "node:module";

const Sequencer = createRequire(import.meta.url)("@jest/test-sequencer").default;

/** Tests that take longest though their files are short, longest first. */
const long = [
  "test/verify/",
  "test/conformance/house/setup-compiler",
  "test/conformance/rego/",
  "test/conformance/differential/",
  "test/browser/",
];

/** @param {{ path: string }} test */
function place({ path }) {
  const found = long.findIndex((folder) => path.includes(`/${folder}`));
  return found === -1 ? long.length : found;
}

/**
 * Runs long tests first: without times of an earlier run Jest goes by the size of files, and one worker would idle at
 * the end.
 */
export default class LongFirst extends Sequencer {
  /** @param {{ path: string }[]} tests @returns {{ path: string }[]} */
  sort(tests) {
    return super
      .sort(tests)
      .sort((/** @type {{ path: string }} */ a, /** @type {{ path: string }} */ b) => place(a) - place(b));
  }
}
