import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", chromium.executablePath()];
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Where Chromium is; null when this machine has none. SALLYPORT_CHROMIUM overrides. */
export function findChromium(): string | null {
  const chosen = process.env["SALLYPORT_CHROMIUM"];
  return (chosen === undefined ? places : [chosen]).find((place) => place !== "" && existsSync(place)) ?? null;
}

export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === null) throw new Error("no Chromium on this machine");
  return chromium.launch({ executablePath, args: flags });
}

/** `describe` where Chromium is; else reported as skipped with the reason, and a failure when CI says that nothing may be skipped. */
export function describeInChromium(name: string, body: () => void): void {
  if (findChromium() !== null) return void describe(name, body);
  const reason =
    "no Chromium found: install one (apt-get install chromium, or npx playwright-core install chromium) or set SALLYPORT_CHROMIUM";
  if (process.env["CI"] !== undefined && process.env["CI"] !== "" && process.env["CI"] !== "false") {
    return void test(`${name} runs in Chromium`, () => {
      throw new Error(reason);
    });
  }
  describe.skip(`${name} (skipped: ${reason})`, body);
}
