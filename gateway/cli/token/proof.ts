import { readFileSync } from "node:fs";
import { Option } from "commander";
import { systemIds } from "../../compose/clock-and-ids.ts";
import { makeProof } from "../../identify/dpop/make-proof.ts";
import { type Es256Key, readEs256Key } from "../../identify/es256-key-file.ts";
import { type CliDeps, CliFailure, exits, type Verb, type VerbOptions } from "../common/verb.ts";

interface ProofOptions extends VerbOptions {
  readonly key: string;
  readonly method: string;
  readonly url: string;
  readonly token?: string;
  readonly nonce?: string;
}

/** `sallyport token proof`: the DPoP header of one request, alone on stdout. */
export const proof: Verb = {
  usage: "proof",
  summary: "make a DPoP proof for one request with a token of `mint --dpop`",
  examples: [
    "token proof --key dpop.jwk.json --method POST --url http://127.0.0.1:8700/payments/v1/keys/rotate --token token.txt",
    'token proof --key dpop.jwk.json --url "$URL" --token - --nonce n_2ZqX… < token.txt',
  ],
  options: [
    new Option("--key <file>", "key that the token is bound to").makeOptionMandatory(),
    new Option("--method <method>", "method of the request").default("GET"),
    new Option("--url <url>", "whole address of the request").makeOptionMandatory(),
    new Option("--token <file>", "file with the access token that is sent with it; - for stdin"),
    new Option("--nonce <text>", "the DPoP-Nonce of the last answer, where the gateway asks for one"),
  ],
  async run({ printer, clock, readInput }, options: ProofOptions) {
    const key = keyOf(options.key);
    const request = {
      method: options.method.toUpperCase(),
      url: checkedUrl(options.url),
      token: options.token === undefined ? null : await tokenFrom(options.token, readInput),
      nonce: options.nonce ?? null,
    };
    const made = await makeProof(key, request, { jti: systemIds().make("p"), nowMs: clock.now() });
    printer.result(options.json, { proof: made, jkt: key.thumbprint }, made);
  },
};

/** @throws CliFailure key_unusable */
function keyOf(file: string): Es256Key {
  const unusable = (why: string): CliFailure => new CliFailure(exits.usage, "key_unusable", why);
  let key: Es256Key | null;
  try {
    key = readEs256Key(file);
  } catch (failure) {
    throw unusable((failure as Error).message);
  }
  if (key === null) throw unusable(`There is no file ${file}; sallyport token mint --dpop ${file} makes it.`);
  return key;
}

function checkedUrl(url: string): string {
  if (/^https?:\/\/[^/?#@\s]+(?:[/?#]\S*)?$/i.test(url)) return url;
  const example = "http://127.0.0.1:8700/payments/v1/orders/881";
  throw new CliFailure(exits.usage, "url_invalid", `--url is the whole address of the request, such as ${example}.`);
}

/** @throws CliFailure file_unreadable, token_invalid */
async function tokenFrom(file: string, readInput: CliDeps["readInput"]): Promise<string> {
  const token = (file === "-" ? await readInput() : readText(file)).trim();
  if (/^[A-Za-z0-9._~+/-]+=*$/.test(token)) return token;
  throw new CliFailure(exits.usage, "token_invalid", `${file === "-" ? "stdin" : file} holds no access token.`);
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (failure) {
    throw new CliFailure(exits.usage, "file_unreadable", `${file} cannot be read: ${(failure as Error).message}`);
  }
}
