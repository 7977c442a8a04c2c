/** The Rego compiler: built with Go from the committed pins, else the official release binary with a pinned digest. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { downloadProgram } from "./download.mjs";
import { binaryOf, goBuild, goPins, goVersion } from "./go-build.mjs";
import { platform, root } from "./places.mjs";
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

async function buildOrDownload() {
  const version = await goVersion();
  const failed = [];
  try {
    if (version === null) throw new Error("go is not on PATH");
    await goBuild("opa", "github.com/open-policy-agent/opa");
    return `built with ${version}`;
  } catch (error) {
    failed.push(`1. building it with Go: ${messageOf(error)}`);
  }
  try {
    return await download();
  } catch (error) {
    failed.push(`2. downloading the official release: ${messageOf(error)}`);
  }
  throw new Error(`OPA ${release.version} can be had in two ways, and neither worked:\n${failed.join("\n")}`);
}

/** `OPA_SHA256` names the digest where none is pinned; `OPA_DOWNLOAD_BASE` names a mirror. A pinned digest always wins. */
async function download() {
  const asset = release.assets[platform];
  if (asset === undefined) throw new Error(`there is no release binary for ${platform}`);
  const base = process.env.OPA_DOWNLOAD_BASE ?? release.base;
  const sha256 = asset.sha256 ?? (process.env.OPA_SHA256 || undefined);
  if (sha256 === undefined) {
    throw new Error(
      `no SHA-256 is pinned for ${asset.file} (${platform}) in scripts/toolchain/opa/release.json; ` +
        `set OPA_SHA256 to the digest that the release publishes as ${base}/${asset.file}.sha256`,
    );
  }
  await putInPlace(binaryOf("opa"), (draft) => downloadProgram(`${base}/${asset.file}`, sha256.toLowerCase(), draft));
  return "downloaded from the official release";
}

/** @param {unknown} error */
const messageOf = (error) => (error instanceof Error ? error.message : String(error));
