/**
 * Go, as found on PATH, else the pinned toolchain from the Go module proxy, below `.tools/go/`.
 * https://go.dev/ref/mod#goproxy-protocol describes the proxy's protocol, https://go.dev/doc/toolchain what its zip
 * holds.
 */
import {
  chmodSync,
  createWriteStream,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { downloadFile } from "./download.mjs";
import { platform, program, root, tools } from "./places.mjs";
import { putInPlace } from "./put-in-place.mjs";
import { answerOf, runCommand } from "./run-command.mjs";
import { hashOf, isStamped, stamp } from "./stamp.mjs";

/**
 * @typedef {object} Go
 * @property {string} program what to run
 * @property {Record<string, string>} env what it needs beyond the environment of this process
 * @property {string} version for people, such as "go1.26.8"
 */

/**
 * @typedef {object} Pins
 * @property {string} module
 * @property {string} version
 * @property {Record<string, { go: string, sha256: string }>} platforms by our name of the platform
 */

const pinned = join(root, "scripts", "toolchain", "go");
const pinFiles = ["toolchain.json", "package.json", "package-lock.json"].map((name) => join(pinned, name));
/** @type {Pins} */
const pins = JSON.parse(readFileSync(join(pinned, "toolchain.json"), "utf8"));
const folder = join(tools, "go");

/** @returns {Promise<Go | null>} */
export async function goOnPath() {
  const version = await answerOf("go", ["env", "GOVERSION"]);
  return version === null ? null : { program: "go", env: {}, version };
}

/** The pinned toolchain; downloaded when it is not here yet. @returns {Promise<Go>} */
export async function pinnedGo() {
  if (!existsSync(folder) || !isStamped("go", hashOf(pinFiles))) {
    await putInPlace(folder, install);
    stamp("go", hashOf(pinFiles));
  }
  const env = {
    GOTOOLCHAIN: "local",
    // A folder of its own, so that nothing is written to the user's home; GOPATH selects a shared cache.
    GOPATH: process.env.GOPATH ?? join(tools, "go-path"),
    GOCACHE: process.env.GOCACHE ?? join(tools, "go-cache"),
  };
  return {
    program: join(folder, "bin", program("go")),
    env,
    version: `the pinned ${pins.version.replace(/^.*-/, "")}`,
  };
}

/** @param {string} draft */
async function install(draft) {
  const asset = pins.platforms[platform];
  if (asset === undefined) throw new Error(`no Go toolchain is pinned for ${platform}`);
  mkdirSync(draft, { recursive: true });
  const unzip = join(draft, "unzip");
  mkdirSync(unzip);
  const zip = join(unzip, "toolchain.zip");
  await downloadFromProxy(`${pins.module}/@v/${pins.version}.${asset.go}.zip`, asset.sha256, zip);
  for (const file of pinFiles) cpSync(file, join(unzip, basename(file)));
  await runCommand("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: unzip });
  await extract(createRequire(join(unzip, "package.json"))("yauzl"), zip, draft);
  rmSync(unzip, { recursive: true });
  // A module zip keeps no modes; the go command sets the same ones on what it downloads.
  for (const place of [join(draft, "bin"), join(draft, "pkg", "tool")]) {
    for (const entry of readdirSync(place, { recursive: true, withFileTypes: true }))
      if (entry.isFile()) chmodSync(join(entry.parentPath, entry.name), 0o755);
  }
}

/** Tries each proxy of GOPROXY in turn. @param {string} path @param {string} sha256 @param {string} target */
async function downloadFromProxy(path, sha256, target) {
  const failed = [];
  for (const proxy of proxies()) {
    try {
      return await downloadFile(`${proxy}/${path}`, sha256, target);
    } catch (error) {
      failed.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(failed.length === 0 ? "GOPROXY names no proxy" : failed.join("; "));
}

/** What GOPROXY lists; where it is not set, Go's own default, which is the proxy of the toolchain's domain. */
function proxies() {
  const listed = process.env.GOPROXY || `https://proxy.${pins.module.split("/")[0]}`;
  return listed
    .split(/[,|]/)
    .map((one) => one.trim().replace(/\/$/, ""))
    .filter((one) => /^https?:/.test(one));
}

/**
 * Every name in a module zip begins with module@version/, which is left out.
 * @param {any} yauzl the package, installed beside the zip @param {string} zip @param {string} target
 */
async function extract(yauzl, zip, target) {
  const archive = await yauzl.openPromise(zip); // refuses names that would leave the folder
  try {
    for await (const entry of archive.eachEntry()) {
      const name = entry.fileName.slice(entry.fileName.indexOf("/", entry.fileName.indexOf("@")) + 1);
      const file = join(target, name);
      mkdirSync(dirname(file), { recursive: true });
      await pipeline(await archive.openReadStreamPromise(entry), createWriteStream(file));
    }
  } finally {
    archive.close();
  }
}
