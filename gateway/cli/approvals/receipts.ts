import { readFileSync } from "node:fs";
import { Option } from "commander";
import { z } from "zod";
import { verifyReceipt } from "../../approvals/receipts.ts";
import {
  consoleOption,
  type ConsoleOptions,
  consoleOptions,
  consoleUrl,
  send,
  withConsole,
} from "../common/console-client.ts";
import { configOption, type Verb, CliFailure, exits } from "../common/verb.ts";
import { receiptText } from "./receipt-text.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** `sallyport approvals receipts ID` */
export const receipts: Verb = {
  usage: "receipts <id>",
  summary: "the signed receipts of one approval, oldest first",
  examples: ["approvals receipts a_2ZqX… | tail -n 1 > receipt.jws"],
  options: consoleOptions,
  async run({ printer }, options: ConsoleOptions, id: string) {
    const path = `/api/approvals/${encodeURIComponent(id)}/receipts`;
    const answer = await withConsole(options, (session) => session.get(path));
    const items = answer["items"] as { jws: string }[];
    printer.result(options.json, answer, items.map(({ jws }) => jws).join("\n"));
  },
};

interface VerifyOptions extends ConsoleOptions {
  readonly keys?: string;
}

/** `sallyport approvals verify RECEIPT`: the receipt is a file or the JWS itself; only the key set is trusted. */
export const verify: Verb = {
  usage: "verify <receipt>",
  summary: "check a receipt: who decided about which call, and how it ended",
  examples: [
    "approvals verify receipt.jws --keys approval-keys.json",
    "approvals verify eyJhbGciOi… --console http://127.0.0.1:8701",
  ],
  // The key set is public, so no sign-in is needed.
  options: [
    consoleOption,
    configOption,
    new Option("--keys <file>", "published key set; default: the one of the console, which needs no login"),
  ],
  async run({ printer }, options: VerifyOptions, receipt: string) {
    const jws = (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(receipt) ? receipt : readText(receipt)).trim();
    const found = verifyReceipt(jws, (await keysOf(options)).keys);
    if (!found.ok) {
      const message = `This receipt does not hold: ${found.problem}.`;
      throw new CliFailure(exits.negative, "receipt_invalid", message);
    }
    printer.result(options.json, { ...found }, `The receipt holds.\n${receiptText(found.claims, found.kid)}`);
  },
};

/** RFC 7517. */
const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

async function keysOf(options: VerifyOptions): Promise<z.infer<typeof keySet>> {
  const path = "/.well-known/sallyport/approval-keys.json";
  const text =
    options.keys === undefined ? await (await send(consoleUrl(options), path, {})).text() : readText(options.keys);
  try {
    return keySet.parse(parseJson(text));
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
