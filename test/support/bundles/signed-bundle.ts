import { execFile } from "node:child_process";
import { createSecretKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { SignJWT } from "jose";
import { compileSources } from "../../../gateway/bundles/build/compile.ts";
import { ENTRYPOINTS } from "../../../gateway/bundles/build/entrypoints.ts";
import { type Entry, packEntries, unpackEntries } from "../../../gateway/bundles/archive/entries.ts";
import { readSources } from "../../../gateway/bundles/sources.ts";
import type { BundleAlgorithm, BundleTrust } from "../../../gateway/domain/settings.ts";
import { catalog, mainRego } from "../../unit/bundles/support/policy-folder.ts";
import { opa } from "../../unit/decide/support/compile-rego.ts";

const run = promisify(execFile);

/** A key pair, or a secret, with the files that opa reads it from. */
export interface Signer {
  readonly algorithm: BundleAlgorithm;
  readonly sign: KeyObject;
  readonly verify: KeyObject;
  readonly signFile: string;
  readonly verifyFile: string;
}

export type Claims = Readonly<Record<string, unknown>>;

/** A folder in which bundles are built, signed and spoilt, with the real opa. */
export async function signingRoom() {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-signed-"));
  let made = 0;
  const path = (name: string): string => join(folder, `${(made += 1)}-${name}`);

  async function signer(algorithm: BundleAlgorithm): Promise<Signer> {
    const { sign, verify } = keyPair(algorithm);
    const [signFile, verifyFile] = [path("private"), path("public")];
    const text = (key: KeyObject): string | Buffer =>
      key.type === "secret"
        ? key.export()
        : key.export({ format: "pem", type: key.type === "private" ? "pkcs8" : "spki" });
    await writeFile(signFile, text(sign), { mode: 0o600 });
    await writeFile(verifyFile, text(verify));
    return { algorithm, sign, verify, signFile, verifyFile };
  }

  async function sources(code: string): Promise<string> {
    const source = path("rego");
    await mkdir(join(source, "sallyport", "main"), { recursive: true });
    await writeFile(join(source, "sallyport", "main", "main.rego"), mainRego(code));
    await writeFile(join(source, "data.json"), catalog);
    return source;
  }

  /** Built as the gateway builds: sealed, and its every answer carries `code`. */
  async function bundle(code = "SIGNED"): Promise<string> {
    return (await compileSources(opa, await readSources(await sources(code)), path("built"))).archive;
  }

  /** Built and signed by `opa build` in one go. */
  async function opaBuild({ algorithm, signFile }: Signer): Promise<string> {
    const out = path("opa-built.tar.gz");
    const flags = ["--target", "wasm", "--revision", "r1", "--signing-key", signFile, "--signing-alg", algorithm];
    const asked = ENTRYPOINTS.flatMap((entrypoint) => ["--entrypoint", entrypoint]);
    await run(opa, ["build", ...flags, ...asked, "--output", out, "--bundle", "."], { cwd: await sources("OPA") });
    return out;
  }

  /** The bundle with other files; a name that is not there is added, null takes one away. */
  async function change(archive: string, files: Readonly<Record<string, string | Buffer | null>>): Promise<string> {
    // `opa build` writes names with a slash in front, tar without.
    const isKept = (name: string) => files[name.replace(/^\//, "")] === undefined;
    const entries = (await unpackEntries(archive)).filter(({ header }) => isKept(header.name));
    const added = Object.entries(files).flatMap(([name, bytes]): Entry[] =>
      bytes === null ? [] : [{ header: { name: `/${name}` }, bytes: Buffer.from(bytes) }],
    );
    const to = path("changed.tar.gz");
    await packEntries([...entries, ...added], to);
    return to;
  }

  /** What `opa sign` writes for a bundle: the text of .signatures.json. */
  async function opaSignature(archive: string, { algorithm, signFile }: Signer, claims: Claims = {}): Promise<string> {
    const [out, claimsFile] = [path("signature"), path("claims.json")];
    await mkdir(out);
    await writeFile(claimsFile, JSON.stringify(claims));
    const flags = ["--signing-key", signFile, "--signing-alg", algorithm, "--claims-file", claimsFile];
    await run(opa, ["sign", ...flags, "--output-file-path", out, "--bundle", archive]);
    return readFile(join(out, ".signatures.json"), "utf8");
  }

  /** Signed by the real opa, the signature put in. */
  async function signed(archive: string, by: Signer, claims: Claims = {}): Promise<string> {
    return change(archive, { ".signatures.json": await opaSignature(archive, by, claims) });
  }

  /** What opa says of a bundle under one verification key; null when it takes it. */
  async function opaRefusal(archive: string, by: Signer, { scope = "" } = {}): Promise<string | null> {
    const flags = ["--verification-key", by.verifyFile, "--signing-alg", by.algorithm, "--verification-key-id", "k1"];
    try {
      await run(opa, ["build", ...flags, "--scope", scope, "--output", path("out.tar.gz"), "--bundle", archive]);
      return null;
    } catch (failure) {
      return (failure as { stdout: string; stderr: string }).stderr || (failure as { stdout: string }).stdout;
    }
  }

  return {
    folder,
    path,
    signer,
    bundle,
    opaBuild,
    change,
    opaSignature,
    signed,
    opaRefusal,
    remove: () => rm(folder, { recursive: true }),
  };
}

export type SigningRoom = Awaited<ReturnType<typeof signingRoom>>;

export function trusting(by: Pick<Signer, "algorithm" | "verify">, change: Partial<BundleTrust> = {}): BundleTrust {
  return { keys: new Map([["k1", { algorithm: by.algorithm, key: by.verify }]]), keyId: "k1", scope: "", ...change };
}

/** The JWT of a block that opa has written, and what it says. */
export function claimsOf(
  block: string,
): Record<string, unknown> & { files: { name: string; hash: string; algorithm: string }[] } {
  const [token] = (JSON.parse(block) as { signatures: string[] }).signatures;
  return JSON.parse(Buffer.from(token?.split(".")[1] ?? "", "base64url").toString("utf8")) as ReturnType<
    typeof claimsOf
  >;
}

/** A block with a JWT of any claims, made with the key. */
export async function blockOf(claims: Claims, by: Signer): Promise<string> {
  const token = await new SignJWT(claims).setProtectedHeader({ alg: by.algorithm }).sign(by.sign);
  return JSON.stringify({ signatures: [token] });
}

const curves: Readonly<Record<string, string>> = { ES256: "P-256", ES384: "P-384", ES512: "P-521" };

function keyPair(algorithm: BundleAlgorithm): { readonly sign: KeyObject; readonly verify: KeyObject } {
  if (algorithm.startsWith("HS")) {
    const secret = createSecretKey(Buffer.from("0123456789abcdef".repeat(4)));
    return { sign: secret, verify: secret };
  }
  const namedCurve = curves[algorithm];
  const pair =
    namedCurve === undefined
      ? generateKeyPairSync("rsa", { modulusLength: 2048 })
      : generateKeyPairSync("ec", { namedCurve });
  return { sign: pair.privateKey, verify: pair.publicKey };
}
