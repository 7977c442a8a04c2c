import { createRequire } from "node:module";
import { readFile, rm } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "../chromium.ts";
import { buildPages } from "./built-pages.ts";
import { type ConsoleOptions, type RunningConsole, startConsole } from "./start-console.ts";

export interface Screen {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
  /** By name instead of 127.0.0.1: the only loopback address that can have passkeys. */
  readonly host?: "localhost";
}

/** How long Playwright waits for whatever a test waits for. A guard against what hangs, shorter than a test's own limit. */
const waitsMs = 90_000;

/** One browser and one console for a test file. */
export interface Browsing {
  readonly running: RunningConsole;
  /** A page of its own, watched for whatever must not happen. */
  open(path?: string, given?: Screen): Promise<Visit>;
  close(): Promise<void>;
}

export interface Visit {
  readonly page: Page;
  /** Script errors, dialogs, policy violations: empty on a sound page. */
  readonly mishaps: string[];
  signIn(): Promise<void>;
  /** Violations of impact serious or critical, as "rule: selector". */
  axe(): Promise<string[]>;
}

export async function browse<R extends RunningConsole = RunningConsole>(
  given: ConsoleOptions & { readonly start?: (staticDir: string) => Promise<R> } = {},
): Promise<Browsing & { readonly running: R }> {
  const pages = await buildPages();
  const { start = (staticDir) => startConsole({ ...given, staticDir }) as Promise<R> } = given;
  const running = await start(pages);
  const browser = await launchChromium();
  return {
    running,
    open: (path = "/", given = {}) => visit(browser, running, path, given),
    async close() {
      await browser.close();
      await running.close();
      await rm(pages, { recursive: true });
    },
  };
}

async function visit(browser: Browser, running: RunningConsole, path: string, given: Screen): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: given.width ?? 1280, height: given.height ?? 800 },
    colorScheme: given.dark === true ? "dark" : "light",
  });
  context.setDefaultTimeout(waitsMs);
  const page = await context.newPage();
  const mishaps = watch(page);
  const host = given.host ?? "127.0.0.1";
  await page.goto(running.url.replace("127.0.0.1", host) + path);
  return {
    page,
    mishaps,
    async signIn() {
      await page.getByLabel("Name").fill(running.user);
      await page.getByLabel("Password").fill(running.password);
      // Whatever has the focus by then.
      await page.getByLabel("Password").press("Enter");
      await page.locator(".top").waitFor();
    },
    axe: () => runAxe(page),
  };
}

/** The list beside the card is there: J and K move in it, and before that they do nothing. */
export async function listed(page: Page): Promise<void> {
  await page.locator("li.row-line").first().waitFor();
}

/** The one message that belongs there: the page asks whether somebody is signed in. */
const expected = /status of 401/;

function watch(page: Page): string[] {
  const mishaps: string[] = [];
  page.on("pageerror", (error) => mishaps.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !expected.test(message.text())) mishaps.push(`console: ${message.text()}`);
  });
  page.on("dialog", (dialog) => {
    mishaps.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== new URL(page.url()).origin && page.url() !== "about:blank")
      mishaps.push(`request: ${request.url()}`);
  });
  return mishaps;
}

interface AxeResults {
  readonly violations: readonly { id: string; impact: string; nodes: { target: string[] }[] }[];
}

async function runAxe(page: Page): Promise<string[]> {
  // Evaluated through the debugger: the page's own policy would, rightly, refuse the script.
  await page.evaluate(await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
  const results = await page.evaluate<AxeResults>("axe.run(document, { resultTypes: ['violations'] })");
  const serious = results.violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return serious.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(" ")}`));
}
