import { mkdtempSync, readFileSync, rmSync, writeFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { ConfigError, readConfig } from "../../../gateway/config/read-config.ts";
import { selfSigned } from "../../support/certificates.ts";

interface Case {
  readonly name: string;
  readonly with?: "good";
  readonly yaml: string;
  readonly lines: readonly string[];
}

const golden = parse(readFileSync(new URL("broken-configs.yaml", import.meta.url), "utf8")) as {
  good: string;
  cases: Case[];
};
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-config-"));
  mkdirSync(join(folder, "rego"));
  writeFileSync(join(folder, "secret.txt"), "s3cret\n");
  writeFileSync(join(folder, "whsec.txt"), `whsec_${Buffer.alloc(32, "s").toString("base64")}\n`);
  writeFileSync(join(folder, "broken.yaml"), "openapi: 3.1.0\npaths: [\n");
  writeFileSync(join(folder, "petstore.yaml"), "openapi: 3.1.0\npaths: {}\n");
  const [one, other] = await Promise.all([selfSigned("one"), selfSigned("other")]);
  writeFileSync(join(folder, "cert.pem"), one.certPem);
  writeFileSync(join(folder, "key.pem"), one.keyPem);
  writeFileSync(join(folder, "other-key.pem"), other.keyPem);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The refusal's lines with the folder taken off, so that they read as the golden file has them. */
function refusalOf(text: string): string[] {
  const file = join(folder, "sallyport.yaml");
  writeFileSync(file, text);
  try {
    readConfig(file);
  } catch (failure) {
    if (failure instanceof ConfigError) return failure.message.replaceAll(`${folder}/`, "").split("\n");
    throw failure;
  }
  return [];
}

test("holds at least 25 broken configurations", () => {
  expect(golden.cases.length).toBeGreaterThanOrEqual(25);
});

test("accepts the part that the broken configurations share", () => {
  expect(refusalOf(golden.good)).toEqual([]);
});

test.each(golden.cases)("refuses $name", (broken) => {
  expect(broken.lines.length).toBeGreaterThan(0);
  expect(refusalOf((broken.with === "good" ? golden.good : "") + broken.yaml)).toEqual(broken.lines);
});
