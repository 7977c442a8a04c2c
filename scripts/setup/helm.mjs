/** Helm, for the tests of the chart. */
import { goTool } from "./go-tool.mjs";

export const helm = goTool("helm", [], {
  title: "Helm",
  version: "v3.22.0",
  packagePath: "helm.sh/helm/v3/cmd/helm",
  variable: "helm.sh/helm/v3/internal/version.version",
});
