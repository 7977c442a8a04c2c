import { join } from "node:path";
import { isTaken, makeFolderOf, writeOutput } from "../common/output-file.ts";
import { CliFailure, exits } from "../common/verb.ts";
import type { Site } from "./site.ts";
import { siteConfig } from "./site-config.ts";
import { sitePolicy } from "./site-policy.ts";

/** All files of a new site, by path below its folder. */
function siteFiles(site: Site, folder: string): Readonly<Record<string, string>> {
  const policy = Object.entries(sitePolicy(site)).map(([path, text]) => [`policy/${path}`, text] as const);
  return {
    "sallyport.yaml": siteConfig(site, folder),
    ...Object.fromEntries(policy),
    ".github/workflows/policy.yaml": workflow,
  };
}

/** Writes the files; when any of them is there already, none. Returns their paths. @throws CliFailure files_exist, file_not_written */
export function writeSite(folder: string, site: Site): string[] {
  const files = siteFiles(site, folder);
  const there = Object.keys(files).filter((path) => isTaken(join(folder, path)));
  if (there.length > 0) {
    const message = `Nothing was written: ${there.join(", ")} ${there.length === 1 ? "is" : "are"} in ${folder} already.`;
    throw new CliFailure(exits.usage, "files_exist", message);
  }
  for (const path of Object.keys(files)) makeFolderOf(join(folder, path));
  // Fails when another process has written it meanwhile.
  for (const [path, text] of Object.entries(files)) writeOutput(join(folder, path), text, { flag: "wx" });
  return Object.keys(files);
}

const workflow = `# The variable SALLYPORT_PACKAGE of the repository names the package of your gateway's version: a URL or a file (docs/operations.md).
name: policy
on:
  pull_request: {}
permissions:
  contents: read
jobs:
  policy:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 24 }
      - run: npm install --no-save --ignore-scripts "$SALLYPORT_PACKAGE"
        env: { SALLYPORT_PACKAGE: "\${{ vars.SALLYPORT_PACKAGE }}" }
      - run: npx sallyport check --skip-secrets
      - run: npx sallyport policy check
      - run: npx sallyport policy test
`;
