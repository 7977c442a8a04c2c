import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { decodeJwt } from "jose";
import { mint } from "../../../gateway/cli/token.ts";
import { configuredFolder } from "./configured-folder.ts";
import { expectExamples, inProcess, sallyport } from "./run.ts";

let cwd: string;
beforeAll(() => {
  cwd = configuredFolder();
});
afterAll(() => rmSync(cwd, { recursive: true }));

function path(name: string): string {
  return join(cwd, name);
}

test("mints a token alone on stdout", async () => {
  const done = await sallyport(
    ["token", "mint", "--sub", "refund-bot", "--role", "refunds", "--route", "payments", "--session", "run-1"],
    { cwd },
  );
  expect(done).toMatchObject({ code: 0, stderr: "" });
  expect(done.stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  expect(decodeJwt(done.stdout.trim())).toMatchObject({
    sub: "refund-bot",
    aud: "http://127.0.0.1:8700/payments",
    roles: ["refunds"],
    sid: "run-1",
  });
});

test.each([
  [["--route", "paymets"], "No route has the id paymets (did you mean payments?)."],
  [[], "Say what the token is for: --route payments, --route crm or --audience."],
  [["--route", "crm", "--ttl", "1h"], "The issuer dev allows at most 900 s (max_lifetime)."],
  [["--route", "crm", "--ttl", "soon"], "Expected a duration such as 30s, 10m or 1h."],
  [["--route", "crm", "--issuer", "corp"], "No development issuer has the id corp."],
])("refuses to mint with %j", async (args, sentence) => {
  const done = await inProcess(["token", "mint", "--sub", "refund-bot", ...args, "-c", path("sallyport.yaml")]);
  expect(done).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(sentence) });
});

test("names no development key's secret in any output", async () => {
  const { d } = JSON.parse(readFileSync(join(cwd, ".sallyport/issuer-dev.jwk.json"), "utf8")) as { d: string };
  const done = await inProcess([
    "token",
    "mint",
    "--sub",
    "a",
    "--route",
    "crm",
    "--json",
    "-c",
    path("sallyport.yaml"),
  ]);
  expect(done.stdout).not.toContain(d);
});

test("the help has its examples", async () => {
  await expectExamples("token", [mint]);
});
