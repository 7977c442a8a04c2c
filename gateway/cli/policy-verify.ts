import type { Command } from "commander";
import { readArchive } from "../bundles/archive/archive.ts";
import { iso, verifyBundle } from "../bundles/signatures/verify.ts";
import { SignatureRefusal } from "../bundles/failure.ts";
import { readBundleTrust } from "../config/bundle-keys.ts";
import { readConfig } from "../config/read-config.ts";
import type { BundleTrust } from "../domain/bundle-signing.ts";
import type { Cli } from "./cli.ts";
import { CliFailure, exits } from "./exit-codes.ts";
import { configOption, verb } from "./verb.ts";
import { visible } from "./visible.ts";

/** `sallyport policy verify ARCHIVE`: would the gateway take this bundle for signed? What was active before is not looked at. */
export function addPolicyVerify(noun: Command, cli: Cli): void {
  configOption(
    verb(noun, "verify <archive>", "check a bundle's signature with the configuration's keys", [
      "policy verify bundles/policy.tar.gz",
      "policy verify bundles/policy.tar.gz -c deploy/sallyport.yaml --json",
    ]),
  ).action(async function verify(archive: string, options: { config: string; json: boolean }) {
    const trust = trustOf(options.config);
    const { revision, digest, signed } = await readArchive(archive, (entries) =>
      verifyBundle(entries, trust, cli.clock.now()),
    ).catch(refused);
    if (signed === null) return;
    const { keyId, issuedAt, content, files } = signed;
    const at = issuedAt === null ? null : iso(issuedAt);
    const when = at === null ? "it does not say when, so a newer one cannot be told from an older" : `at ${at}`;
    cli.printer.result(
      options.json,
      { ok: true, archive, revision, digest, content, files, keyid: keyId, signed_at: at },
      visible(`${archive} is signed by ${keyId}: revision ${revision}, ${files} files; ${when}`),
    );
  });
}

function trustOf(file: string): BundleTrust {
  const config = readConfig(file);
  const { signing } = config.policy;
  if (signing !== null) return readBundleTrust(signing, config);
  throw new CliFailure(exits.usage, "no_signing_keys", `${file} names no keys in policy.signing; nobody has to sign.`);
}

function refused(thrown: unknown): never {
  if (thrown instanceof SignatureRefusal) throw new CliFailure(exits.negative, thrown.problem, thrown.message);
  throw thrown;
}
