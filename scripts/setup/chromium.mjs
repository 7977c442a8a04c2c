/** A Chromium for the browser tests. `CHROMIUM_PATH` names one, and then no other is tried. */
import { findChromium } from "./chromium-find.mjs";
import { installChromium } from "./chromium-install.mjs";
import { foundTool } from "./found-tool.mjs";

// Playwright's download is one of the npm packages.
export const chromium = foundTool("chromium", ["npm packages"], {
  title: "Chromium",
  tests: "browser tests",
  outdated({ path }) {
    const wanted = process.env.CHROMIUM_PATH;
    return wanted && wanted !== path ? `CHROMIUM_PATH is ${wanted}` : null;
  },
  find: async () => (await findChromium()) ?? (await installChromium()),
});
