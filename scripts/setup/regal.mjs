/** The Rego linter, built against the pinned OPA so that it knows the same language. */
import { goTool } from "./go-tool.mjs";

// Both compile OPA's packages: the second finds them in Go's cache.
export const regal = goTool("regal", ["opa"], {
  title: "Regal",
  version: "0.35.1",
  packagePath: "github.com/styrainc/regal",
  variable: "github.com/styrainc/regal/pkg/version.Version",
});
