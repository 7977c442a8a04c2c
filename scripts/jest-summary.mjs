/** A jest reporter of one line: `N passed, N failed`, last of all. */
import { close } from "./checks/closing-line.mjs";

/**
 * @typedef {object} Results the part of jest's aggregated results that is counted
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numRuntimeErrorTestSuites
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 */

export default class JestSummary {
  /**
   * A suite that could not be loaded ran no test, and is a failure all the same.
   * @param {unknown} _contexts
   * @param {Results} results
   */
  onRunComplete(_contexts, results) {
    const counts = {
      passed: results.numPassedTests,
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      skipped: results.numPendingTests + results.numTodoTests,
    };
    // Jest prints its own summary after the last reporter; written at the exit, this line comes after that too.
    process.once("exit", () => close(counts));
  }
}
