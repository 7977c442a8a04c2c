import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { describeWith } from "./found-tool.ts";

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

export function describeInChromium(name: string, body: () => void): void {
  const reason =
    "no Chromium found: install one (apt-get install chromium, or npx playwright-core install chromium) or set SALLYPORT_CHROMIUM";
  describeWith("Chromium", { path: findChromium(), reason }, name, body);
}
