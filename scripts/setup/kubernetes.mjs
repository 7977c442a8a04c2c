/** Kubernetes' own JSON schemas, for the tests of the chart: of the oldest and the newest version that it is tested with. */
import { foundInWheel, unpackWheel } from "./wheel.mjs";

const versions = ["v1.27.0", "v1.37.0"];
const inWheel = (/** @type {string} */ version) => `kubernetes_validate/kubernetes-json-schema/${version}-local-strict`;

/** The path is a folder with a folder of each version. */
export const kubernetes = foundInWheel("kubernetes", {
  title: "schemas of Kubernetes",
  tests: "tests of the Helm chart",
  package: "kubernetes-validate",
  find: () =>
    unpackWheel("kubernetes", async () => Object.fromEntries(versions.map((version) => [version, inWheel(version)]))),
});
