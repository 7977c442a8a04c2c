/** Checks that the policy must pass before it is compiled. */

const folder = "rego";
// The library's tests ask about the demonstration's tools, so its data belong to them.
const withDemo = [folder, "demo/policy"];
// JSON that is not policy data: opa would load it as such and find conflicts.
const notPolicy = ["schemas", "golden", "capabilities.json", ".*"].flatMap((name) => ["--ignore", name]);
const leastCoverage = "95";

/** @type {import("./check.mjs").Check[]} */
export const regoGate = [
  {
    name: "policy tests (opa test)",
    command: "opa",
    args: ["test", ...withDemo, ...notPolicy, "--fail-on-empty", "--format", "json"],
    count: countTests,
  },
  {
    name: `policy tests cover ${leastCoverage} % of the rules`,
    command: "opa",
    args: ["test", ...withDemo, ...notPolicy, "--coverage", "--threshold", leastCoverage],
  },
  {
    name: "policy types (opa check --strict)",
    command: "opa",
    args: ["check", "--strict", "--schema", `${folder}/schemas`, ...notPolicy, ...withDemo],
  },
  { name: "policy format (opa fmt)", command: "opa", args: ["fmt", "--fail", "--list", folder] },
  { name: "policy lint (regal)", command: "regal", args: ["lint", folder] },
];

/** @param {string} printed */
function countTests(printed) {
  /** @type {{ fail?: boolean, error?: unknown, skip?: boolean }[]} */
  const results = JSON.parse(printed);
  const skipped = results.filter((result) => result.skip === true).length;
  const failed = results.filter((result) => result.fail === true || result.error !== undefined).length;
  return { passed: results.length - skipped - failed, failed, skipped };
}
