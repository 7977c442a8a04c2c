import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { InvalidArgumentError, Option } from "commander";
import { readArchive } from "../../bundles/archive/archive.ts";
import { buildSources } from "../../bundles/build/build.ts";
import { SignatureRefusal } from "../../bundles/failure.ts";
import { type Signing, signArchive } from "../../bundles/signatures/sign.ts";
import { iso, verifyBundle } from "../../bundles/signatures/verify.ts";
import { readBundleTrust, secretKey } from "../../config/bundle-keys.ts";
import { readConfig } from "../../config/read-config.ts";
import { type BundleAlgorithm, bundleAlgorithms, type BundleTrust } from "../../domain/settings.ts";
import { escapeControls } from "../../lib/look-alike.ts";
import { systemReason } from "../../lib/open-files.ts";
import { configOption, type ConfigOptions, type Verb, type VerbOptions, CliFailure, exits } from "../common/verb.ts";
import { policyList, readPolicy } from "./load-policy.ts";
import { configuredOpa, neededOpa } from "./opa.ts";

interface BuildOptions extends ConfigOptions {
  readonly out: string;
  readonly revision?: string;
}

/** `sallyport policy build`: sources with Rego to one archive with the WASM module. */
export const build: Verb = {
  usage: "build [source...]",
  summary: "compile Rego into a bundle archive",
  examples: ["policy build", "policy build library policy --out bundles --json", "policy build --revision 2026.11-3"],
  options: [
    configOption,
    new Option("--out <folder>", "where the archive goes").default("bundles"),
    new Option("--revision <text>", "what the bundle is called; default: the digest of its sources").argParser(
      checkedRevision,
    ),
  ],
  async run({ printer }, { config, out, revision: name, json }: BuildOptions, _first, named = []) {
    const read = await readPolicy(policyList(named, config));
    const sources = { ...read, revision: name ?? read.revision };
    const built = await buildSources(configuredOpa(config), sources, resolve(out));
    const { archive } = built;
    const { revision } = sources;
    const [files, rules] = [sources.files.length, built.rules.length];
    const text = `${archive}\nrevision ${revision}, ${files} files, ${rules} rules`;
    printer.result(json, { ok: true, archive, revision, files, rules }, text);
  },
};

/** The revision is also part of the archive's file name. */
function checkedRevision(value: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(value)) return value;
  throw new InvalidArgumentError("Expected letters, digits, '.', '_' and '-', beginning with a letter or digit.");
}

interface SignOptions extends VerbOptions {
  readonly signingKey: string;
  readonly signingAlg: BundleAlgorithm;
  readonly keyid?: string;
  readonly scope: string;
  readonly out?: string;
}

/** `sallyport policy sign ARCHIVE`: OPA's signature, with the time of signing, by which older bundles are refused. */
export const sign: Verb = {
  usage: "sign <archive>",
  summary: "sign a built bundle, in place or as a new file",
  examples: [
    "policy sign bundles/4f1c….tar.gz --signing-key release.pem --signing-alg ES256 --keyid release",
    "policy sign build.tar.gz --signing-key release.pem --keyid release --scope production --out policy.tar.gz",
  ],
  options: [
    new Option(
      "--signing-key <file>",
      "private key, PEM; for HS256, HS384 and HS512 the secret's file",
    ).makeOptionMandatory(),
    new Option("--signing-alg <algorithm>", "what to sign with").choices(bundleAlgorithms).default("RS256"),
    new Option("--keyid <name>", "the key's name in policy.signing.keys"),
    new Option("--scope <scope>", "what the bundle is for, as policy.signing.scope").default(""),
    new Option("--out <file>", "where the signed bundle goes; default: in place of the unsigned one"),
  ],
  async run({ printer, clock }, options: SignOptions, archive: string) {
    const [from, to] = [resolve(archive), resolve(options.out ?? archive)];
    const signing = signingOf(options, Math.floor(clock.now() / 1_000));
    const revision = await signArchive(neededOpa(), from, to, signing);
    const { keyId: keyid, scope, issuedAt: iat } = signing;
    const text = `${to}\nrevision ${revision}, signed with ${options.signingAlg}${keyid === null ? "" : ` as ${keyid}`}`;
    printer.result(options.json, { ok: true, archive: to, revision, keyid, scope, iat }, text);
  },
};

function signingOf({ signingKey, signingAlg, keyid, scope }: SignOptions, issuedAt: number): Signing {
  const keyFile = resolve(signingKey);
  checkKeyFile(keyFile, signingKey, signingAlg);
  return { keyFile, algorithm: signingAlg, keyId: keyid ?? null, scope, issuedAt };
}

/** OPA would take the name of a missing file for the secret itself. @throws CliFailure key_unreadable, key_unusable */
function checkKeyFile(file: string, argument: string, algorithm: BundleAlgorithm): void {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (failure) {
    const why = systemReason(failure) ?? "unknown error";
    throw new CliFailure(exits.usage, "key_unreadable", `${argument} cannot be read (${why}).`);
  }
  if (!algorithm.startsWith("HS")) return;
  if (/[\r\n]$/.test(text)) {
    const message = `${argument} ends with a line end, which opa counts as part of the secret and the gateway does not; write the file without it.`;
    throw new CliFailure(exits.usage, "key_unusable", message);
  }
  try {
    secretKey(text, algorithm);
  } catch (failure) {
    throw new CliFailure(exits.usage, "key_unusable", `${argument}: ${(failure as Error).message}.`);
  }
}

/** `sallyport policy verify ARCHIVE`: checks the signature as the gateway does, except that it knows no earlier bundle to compare. */
export const verify: Verb = {
  usage: "verify <archive>",
  summary: "check a bundle's signature with the configuration's keys",
  examples: [
    "policy verify bundles/policy.tar.gz",
    "policy verify bundles/policy.tar.gz -c deploy/sallyport.yaml --json",
  ],
  options: [configOption],
  async run({ printer, clock }, options: ConfigOptions, archive: string) {
    const trust = trustOf(options.config);
    const { revision, digest, signed } = await readArchive(archive, (entries) =>
      verifyBundle(entries, trust, clock.now()),
    ).catch(refused);
    if (signed === null) throw notSigned(archive);
    const { keyId, issuedAt, content, files } = signed;
    const at = issuedAt === null ? null : iso(issuedAt);
    const when = at === null ? "without a time, so newer and older bundles cannot be distinguished" : `at ${at}`;
    printer.result(
      options.json,
      { ok: true, archive, revision, digest, content, files, keyid: keyId, signed_at: at },
      escapeControls(`${archive} is signed by ${keyId}: revision ${revision}, ${files} files; ${when}`),
    );
  },
};

/** Not reached while every archive is read with keys; what nobody has checked must not pass. */
function notSigned(archive: string): CliFailure {
  return new CliFailure(exits.negative, "bundle_unsigned", `The signature of ${archive} was not checked.`);
}

function trustOf(file: string): BundleTrust {
  const config = readConfig(file);
  const { signing } = config.policy;
  if (signing !== null) return readBundleTrust(signing, config);
  throw new CliFailure(
    exits.usage,
    "no_signing_keys",
    `${file} names no keys in policy.signing; signatures are not checked.`,
  );
}

function refused(thrown: unknown): never {
  if (thrown instanceof SignatureRefusal) throw new CliFailure(exits.negative, thrown.problem, thrown.message);
  throw thrown;
}
