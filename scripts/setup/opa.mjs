/** The Rego compiler: built with Go from the committed pins, or the official release binary with a checked digest. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { downloadFile, publishedDigest } from "./download.mjs";
import { binaryOf, goBuild, goPins } from "./go-build.mjs";
import { goOnPath, pinnedGo } from "./go-toolchain.mjs";
import { platform, root, tools } from "./places.mjs";
import { putInPlace } from "./put-in-place.mjs";
import { runCommand } from "./run-command.mjs";
import { hashOf, isStamped, stamp } from "./stamp.mjs";

const releaseFile = join(root, "scripts", "toolchain", "opa", "release.json");
const pins = [...goPins("opa"), releaseFile];

/** @type {{ version: string, base: string, assets: Record<string, { file: string, sha256: string | null }> }} */
const release = JSON.parse(readFileSync(releaseFile, "utf8"));

/** @type {import("./set-up.mjs").Step} */
export const opa = {
  name: "opa",
  after: [],
  async missing() {
    return existsSync(binaryOf("opa")) && isStamped("opa", hashOf(pins)) ? null : `OPA ${release.version} is not here`;
  },
  async install() {
    const how = await buildOrDownload();
    const said = await runCommand(binaryOf("opa"), ["version"]);
    if (!said.includes(`Version: ${release.version}`))
      throw new Error(`opa is not version ${release.version}: ${said}`);
    stamp("opa", hashOf(pins));
    return `${release.version}, ${how}`;
  },
};

/** Three ways, tried in order; the error of all of them says what to do about each. */
const ways = [
  { what: "building it with the Go on PATH", run: buildWithGoOnPath },
  { what: "downloading the official release", run: download },
  { what: "building it with the pinned Go toolchain", run: async () => build(await pinnedGo()) },
];

async function buildOrDownload() {
  const failed = [];
  for (const { what, run } of ways) {
    try {
      return await run();
    } catch (error) {
      failed.push(`${failed.length + 1}. ${what}: ${messageOf(error)}`);
    }
  }
  throw new Error(
    `OPA ${release.version} can be had in three ways, and none worked:\n${failed.join("\n")}\n` +
      "Install Go, or set OPA_DOWNLOAD_BASE to a mirror of OPA's releases, or GOPROXY to a Go module proxy; then run this again.",
  );
}

async function buildWithGoOnPath() {
  const go = await goOnPath();
  if (go === null) throw new Error("go is not on PATH");
  return build(go);
}

/** @param {import("./go-toolchain.mjs").Go} go */
async function build(go) {
  await goBuild(go, "opa", "github.com/open-policy-agent/opa");
  return `built with ${go.version}`;
}

/** `OPA_DOWNLOAD_BASE` names a mirror. */
async function download() {
  const asset = release.assets[platform];
  if (asset === undefined) throw new Error(`there is no release binary for ${platform}`);
  const url = `${process.env.OPA_DOWNLOAD_BASE ?? release.base}/${asset.file}`;
  const { sha256, from } = await digestOf(asset, url);
  await putInPlace(binaryOf("opa"), (draft) => downloadFile(url, sha256, draft));
  pinDigest(asset.file, sha256);
  return `downloaded from the official release, SHA-256 ${sha256} ${from}`;
}

/**
 * The digest that the download must have. A committed one wins over OPA_SHA256, both over the one that the first
 * download was checked against, and that one over what the release publishes beside the file today.
 * @param {{ file: string, sha256: string | null }} asset @param {string} url
 */
async function digestOf(asset, url) {
  const known = asset.sha256 ?? process.env.OPA_SHA256?.toLowerCase();
  if (known) return { sha256: known, from: "as pinned" };
  const locked = readPins()[`${release.version}/${asset.file}`];
  if (locked !== undefined) return { sha256: locked, from: "as at the first download" };
  return { sha256: await publishedDigest(`${url}.sha256`), from: "as the release publishes it" };
}

const lockedDigests = join(tools, "digests.json");

/** @returns {Record<string, string>} by version/file */
function readPins() {
  return existsSync(lockedDigests) ? JSON.parse(readFileSync(lockedDigests, "utf8")) : {};
}

/** @param {string} file @param {string} sha256 */
function pinDigest(file, sha256) {
  const text = JSON.stringify({ ...readPins(), [`${release.version}/${file}`]: sha256 }, null, 2);
  writeFileSync(`${lockedDigests}.draft`, `${text}\n`);
  renameSync(`${lockedDigests}.draft`, lockedDigests);
}

/** @param {unknown} error */
const messageOf = (error) => (error instanceof Error ? error.message : String(error));
