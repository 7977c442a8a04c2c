import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { type Signing, signArchive } from "../bundles/signatures/sign.ts";
import { secretKey } from "../config/bundle-keys.ts";
import { type BundleAlgorithm, bundleAlgorithms } from "../domain/bundle-signing.ts";
import type { Cli } from "./cli.ts";
import { CliFailure, exits } from "./exit-codes.ts";
import { findOpa } from "./find-opa.ts";
import { verb } from "./verb.ts";

interface SignOptions {
  readonly json: boolean;
  readonly signingKey: string;
  readonly signingAlg: BundleAlgorithm;
  readonly keyid?: string;
  readonly scope: string;
  readonly out?: string;
}

/** `sallyport policy sign ARCHIVE`: opa's signature, with the time that tells older bundles from newer ones. */
export function addPolicySign(noun: Command, cli: Cli): void {
  verb(noun, "sign <archive>", "sign a built bundle, in place or as a new file", [
    "policy sign bundles/4f1c….tar.gz --signing-key release.pem --signing-alg ES256 --keyid release",
    "policy sign build.tar.gz --signing-key release.pem --keyid release --scope production --out policy.tar.gz",
  ])
    .requiredOption("--signing-key <file>", "private key, PEM; for HS256, HS384 and HS512 the secret's file")
    .addOption(new Option("--signing-alg <algorithm>", "what to sign with").choices(bundleAlgorithms).default("RS256"))
    .option("--keyid <name>", "the key's name in policy.signing.keys")
    .option("--scope <scope>", "what the bundle is for, as policy.signing.scope", "")
    .option("--out <file>", "where the signed bundle goes; default: in place of the unsigned one")
    .action(async function sign(archive: string, options: SignOptions) {
      const [from, to] = [resolve(archive), resolve(options.out ?? archive)];
      const signing = signingOf(options, Math.floor(cli.clock.now() / 1_000));
      const revision = await signArchive(findOpa(), from, to, signing);
      const { keyId: keyid, scope, issuedAt: iat } = signing;
      cli.printer.result(
        options.json,
        { ok: true, archive: to, revision, keyid, scope, iat },
        `${to}\nrevision ${revision}, signed with ${options.signingAlg}${keyid === null ? "" : ` as ${keyid}`}`,
      );
    });
}

function signingOf({ signingKey, signingAlg, keyid, scope }: SignOptions, issuedAt: number): Signing {
  const keyFile = resolve(signingKey);
  checkKeyFile(keyFile, signingKey, signingAlg);
  return { keyFile, algorithm: signingAlg, keyId: keyid ?? null, scope, issuedAt };
}

/** opa would take the name of a file that is not there for the secret itself. */
function checkKeyFile(file: string, given: string, algorithm: BundleAlgorithm): void {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (failure) {
    const code = (failure as NodeJS.ErrnoException).code ?? "unknown error";
    throw new CliFailure(exits.usage, "key_unreadable", `${given} cannot be read (${code}).`);
  }
  if (!algorithm.startsWith("HS")) return;
  if (/[\r\n]$/.test(text)) {
    const message = `${given} ends with a line end, which opa counts as part of the secret and the gateway does not; write the file without it.`;
    throw new CliFailure(exits.usage, "key_unusable", message);
  }
  try {
    secretKey(text, algorithm);
  } catch (failure) {
    throw new CliFailure(exits.usage, "key_unusable", `${given}: ${(failure as Error).message}.`);
  }
}
