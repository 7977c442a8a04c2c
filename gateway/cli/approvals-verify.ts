import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { z } from "zod";
import { verifyReceipt } from "../approvals/verify-receipt.ts";
import type { Cli } from "./cli.ts";
import { consoleUrl, type ConsoleOptions, consoleOptions } from "./console-access.ts";
import { send } from "./console-client.ts";
import { CliFailure, exits } from "./exit-codes.ts";
import { receiptText } from "./receipt-text.ts";
import { verb } from "./verb.ts";

const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

interface VerifyOptions extends ConsoleOptions {
  readonly keys?: string;
}

/** `sallyport approvals verify RECEIPT`: needs nobody's word but the key set's. */
export function addApprovalsVerify(noun: Command, cli: Cli): void {
  consoleOptions(
    verb(noun, "verify <receipt>", "check a receipt: who decided about which call, and how it ended", [
      "approvals verify receipt.jws --keys approval-keys.json",
      "approvals verify eyJhbGciOi… --console http://127.0.0.1:8701",
    ]),
  )
    .option("--keys <file>", "published key set; without it the console is asked for it, which needs no login")
    .action(async function verify(receipt: string, options: VerifyOptions) {
      const jws = (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(receipt) ? receipt : readText(receipt)).trim();
      const found = verifyReceipt(jws, (await keysOf(options)).keys);
      if (!found.ok) {
        const message = `This receipt does not hold: ${found.problem}.`;
        throw new CliFailure(exits.negative, "receipt_invalid", message);
      }
      cli.printer.result(options.json, { ...found }, receiptText(found.claims, found.kid));
    });
}

async function keysOf(options: VerifyOptions): Promise<z.infer<typeof keySet>> {
  const path = "/.well-known/sallyport/approval-keys.json";
  const text =
    options.keys === undefined ? await (await send(consoleUrl(options), path, {})).text() : readText(options.keys);
  try {
    return keySet.parse(JSON.parse(text));
  } catch {
    throw new CliFailure(exits.usage, "keys_invalid", `${options.keys ?? path} is no key set (RFC 7517).`);
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (failure) {
    throw new CliFailure(exits.usage, "file_unreadable", `${file} cannot be read: ${(failure as Error).message}`);
  }
}
