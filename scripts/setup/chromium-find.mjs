import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { program, tools } from "./places.mjs";
import { answerOf } from "./run-command.mjs";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const usualPlaces = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** Where set-up has Playwright put its own browser. */
export const ownBrowsers = join(tools, "browsers");

/**
 * The first Chromium of this machine that starts. `CHROMIUM_PATH` names one and then no other is tried.
 * @returns {Promise<{ path: string, reason: string } | null>}
 */
export async function findChromium() {
  const named = process.env.CHROMIUM_PATH;
  if (named) {
    const version = await versionOf(named);
    if (version === null) throw new Error(`CHROMIUM_PATH is ${named}, and that does not start`);
    return { path: named, reason: `named by CHROMIUM_PATH (${version})` };
  }
  for (const path of [...onPath(), ...usualPlaces, ...ofPlaywright()]) {
    const version = existsSync(path) ? await versionOf(path) : null;
    if (version !== null) return { path, reason: `found on this machine (${version})` };
  }
  return null;
}

/** A browser that lacks a shared library is on the disk but does not start. @param {string} path */
async function versionOf(path) {
  if (process.platform === "win32") return existsSync(path) ? "version not asked" : null; // --version opens a window there
  const said = await answerOf(path, ["--version"]);
  return said === null ? null : (said.split("\n").at(-1) ?? "").trim();
}

function onPath() {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.flatMap((folder) => names.map((name) => join(folder, program(name))));
}

function ofPlaywright() {
  const caches = [
    ownBrowsers,
    process.env.PLAYWRIGHT_BROWSERS_PATH,
    join(homedir(), ".cache", "ms-playwright"),
    join(homedir(), "Library", "Caches", "ms-playwright"),
    join(process.env.LOCALAPPDATA ?? homedir(), "ms-playwright"),
  ];
  return caches.flatMap((cache) => (cache !== undefined && existsSync(cache) ? browsersIn(cache) : []));
}

/** @param {string} cache */
function browsersIn(cache) {
  const builds = readdirSync(cache).filter((name) => name.startsWith("chromium"));
  const inside = [
    ["chrome-linux64", "chrome"],
    ["chrome-linux", "chrome"],
    ["chrome-headless-shell-linux64", "chrome-headless-shell"],
    ["chrome-linux", "headless_shell"],
    ["chrome-mac-arm64", "Google Chrome for Testing.app", "Contents", "MacOS", "Google Chrome for Testing"],
    ["chrome-win64", "chrome.exe"],
  ];
  return builds.flatMap((build) => inside.map((parts) => join(cache, build, ...parts)));
}
