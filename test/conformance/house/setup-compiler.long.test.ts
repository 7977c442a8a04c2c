import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { root } from "./guards/tree.ts";
import { type BareCheckout, bareCheckout, digestOf, release } from "./support/bare-checkout.ts";

let checkout: BareCheckout;
beforeEach(async () => {
  checkout = await bareCheckout();
});
afterEach(() => checkout.close());

test("names all three ways to get the policy compiler when neither works", async () => {
  const ended = await checkout.run(["node", "-e", "console.log('ran')"], { OPA_SHA256: "0".repeat(64) });
  expect(ended).toMatchObject({ code: 1, stdout: "" });
  expect(ended.stderr).toContain("1. building it with the Go on PATH: go is not on PATH");
  expect(ended.stderr).toMatch(
    /2\. downloading the official release: .* has SHA-256 [0-9a-f]{64}, expected is 0{64}: refused/,
  );
  expect(ended.stderr).toMatch(
    /3\. building it with the pinned Go toolchain: .*\/go\/golang\.org\/toolchain\/.* answered 404/,
  );
  expect(existsSync(join(checkout.dir, ".tools", "bin", "opa"))).toBe(false);
  expect(readdirSync(join(checkout.dir, ".tools", "drafts"))).toEqual([]);
});

describe("a release of which no digest is committed", () => {
  const unpinned = { OPA_SHA256: "" };

  test("is checked against the digest published beside it, which then holds for the next download", async () => {
    const first = await checkout.run(["opa", "version"], unpinned);
    expect(first).toMatchObject({ code: 0, stdout: "Version: 1.22.2\n" });
    expect(first.stderr).toContain(`SHA-256 ${digestOf(release)} as the release publishes it`);

    rmSync(join(checkout.dir, ".tools", "stamps"), { recursive: true });
    const { served } = checkout;
    served.file = `${release}# another\n`;
    served.sha256 = digestOf(served.file);
    const second = await checkout.run(["opa", "version"], unpinned);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`has SHA-256 ${served.sha256}, expected is ${digestOf(release)}: refused`);
  });

  test("is refused when it has another digest than the published one, or when none is published", async () => {
    checkout.served.sha256 = "0".repeat(64);
    const other = await checkout.run(["opa", "version"], unpinned);
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining("expected is 0000")]);
    checkout.served.sha256 = "<html>";
    const none = await checkout.run(["opa", "version"], unpinned);
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining("holds no SHA-256")]);
    expect(existsSync(join(checkout.dir, ".tools", "bin", "opa"))).toBe(false);
  });
});

/** The user's own environment, but for Go, and with no release to be had. */
function withoutGo(): Record<string, string> {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => !existsSync(join(folder, "go")));
  const PATH = [join(root, "node_modules", ".bin"), ...folders].join(delimiter);
  return {
    ...(process.env as Record<string, string>),
    PATH,
    OPA_DOWNLOAD_BASE: `${checkout.origin}/gone`,
    OPA_SHA256: "",
  };
}

test("builds the policy compiler with the pinned Go toolchain where there is neither Go nor a release", async () => {
  // Compiled packages that the machine's own Go keeps are shared, so that this need not compile OPA a second time.
  const cache = await new Promise<string>((resolve) => {
    const asked = spawn("go", ["env", "GOCACHE"], { stdio: ["ignore", "pipe", "ignore"] });
    let text = "";
    asked.on("error", () => resolve(""));
    asked.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
    asked.on("close", () => resolve(text.trim()));
  });
  const ended = await checkout.node(["scripts/run.mjs", "serve", "--", "opa", "version"], {
    ...withoutGo(),
    ...(cache === "" ? {} : { GOCACHE: cache }),
  });
  expect([ended.code, ended.stdout, ended.stderr]).toEqual([
    0,
    expect.stringContaining("Version: 1.22.2"),
    expect.stringMatching(/opa .* built with the pinned go1\.26\.8/),
  ]);
  // The user's own Go path is not filled with what set-up needed.
  expect(existsSync(join(checkout.dir, ".tools", "go", "bin", "go"))).toBe(true);
}, 900_000);

test("refuses a Go toolchain with another digest than the pinned one", async () => {
  const pins = join(checkout.dir, "scripts", "toolchain", "go", "toolchain.json");
  writeFileSync(pins, readFileSync(pins, "utf8").replace(/"sha256": "[0-9a-f]{64}"/g, `"sha256": "${"0".repeat(64)}"`));
  const ended = await checkout.node(["scripts/run.mjs", "serve", "--", "opa", "version"], withoutGo());
  expect([ended.code, ended.stderr]).toEqual([1, expect.stringMatching(/3\. .* expected is 0{64}: refused/)]);
  expect(existsSync(join(checkout.dir, ".tools", "go"))).toBe(false);
}, 300_000);

test.each(["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"])("pins all that %s needs", (platform) => {
  const pinsOf = (path: string) => JSON.parse(readFileSync(join(root, "scripts", "toolchain", path), "utf8"));
  expect(pinsOf("opa/release.json").assets).toHaveProperty([platform, "file"]);
  expect(pinsOf("go/toolchain.json").platforms).toHaveProperty(
    [platform, "sha256"],
    expect.stringMatching(/^[0-9a-f]{64}$/),
  );
  const nodes = Object.keys(pinsOf("node/package.json").optionalDependencies);
  expect(nodes.filter((name) => name.endsWith(platform))).toHaveLength(1);
});
