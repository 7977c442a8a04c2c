import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decodeJwt } from "jose";
import { mint } from "../../../../gateway/cli/token/mint.ts";
import { readEs256Key } from "../../../../gateway/identify/es256-key-file.ts";
import { configuredFolder } from "../configured-folder.ts";
import { expectExamples, inProcess, sallyport } from "../run.ts";

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

const minted = (...args: string[]) =>
  inProcess(["token", "mint", "--sub", "refund-bot", "--route", "crm", ...args, "-c", path("sallyport.yaml")]);

test("binds tokens to a key that it makes once, readable by its owner only", async () => {
  const first = await minted("--dpop", path("dpop.jwk.json"));
  expect(first).toMatchObject({ code: 0, stderr: expect.stringContaining(`The key is in ${path("dpop.jwk.json")}`) });
  const jkt = readEs256Key(path("dpop.jwk.json"))?.thumbprint;
  expect(decodeJwt(first.stdout.trim())).toMatchObject({ sub: "refund-bot", cnf: { jkt } });
  expect(statSync(path("dpop.jwk.json")).mode & 0o777).toBe(0o600);
  const again = await minted("--dpop", path("dpop.jwk.json"), "--json");
  expect(again).toMatchObject({ code: 0, stderr: "" });
  const { token, ...rest } = JSON.parse(again.stdout) as { token: string };
  expect(rest).toMatchObject({ jkt, key_file: path("dpop.jwk.json") });
  expect(decodeJwt(token)["cnf"]).toEqual({ jkt });
  expect(decodeJwt((await minted()).stdout.trim())).not.toHaveProperty("cnf");
});

test("makes the key in the folder it runs in when no file is named", async () => {
  const args = ["token", "mint", "--sub", "refund-bot", "--route", "crm", "--dpop"];
  expect(await sallyport(args, { cwd })).toMatchObject({ code: 0 });
  expect(readEs256Key(path("dpop.jwk.json"))).not.toBeNull();
});

test("leaves a file that holds no key as it is, and mints nothing", async () => {
  writeFileSync(path("notes.txt"), "do not lose", { mode: 0o600 });
  expect(await minted("--dpop", path("notes.txt"))).toMatchObject({
    code: 2,
    stdout: "",
    stderr: expect.stringContaining("notes.txt holds no P-256 key"),
  });
  expect(readFileSync(path("notes.txt"), "utf8")).toBe("do not lose");
});

test("adds claims, as JSON where they are JSON, and the texts of files", async () => {
  writeFileSync(path("task.txt"), "Pay the bill\nof 20 €\n");
  const args = ["tenant=blue", "level=3", "groups=[1,{}]", 'text="3"', "eq=a=b", "none=", "nbf=soon", "__proto__=1"];
  const { code, stdout } = await minted(
    ...args.flatMap((claim) => ["--claim", claim]),
    ...["--claim", "id=12345678901234567890", "--claim-file", `task_text=${path("task.txt")}`],
  );
  expect(code).toBe(0);
  const payload = Buffer.from(stdout.split(".")[1] ?? "", "base64url").toString();
  expect(payload).toContain('"id":12345678901234567890');
  expect(payload).toContain('"__proto__":1');
  expect(JSON.parse(payload)).toMatchObject({
    tenant: "blue",
    level: 3,
    groups: [1, {}],
    text: "3",
    eq: "a=b",
    none: "",
    nbf: "soon",
    sub: "refund-bot",
    task_text: "Pay the bill\nof 20 €\n",
  });
});

test.each([
  [["--claim", "sub=root"], "The command sets the claim sub itself; use --sub."],
  [["--claim", "cnf={}"], "The command sets the claim cnf itself; use --dpop."],
  [["--claim", "aud=x"], "The command sets the claim aud itself; use --route or --audience."],
  [["--claim", "iat=1"], "The command sets the claim iat itself; use --ttl for how long the token is good."],
  [["--claim-file", "purpose=/dev/null"], "The command sets the claim purpose itself; use --purpose."],
  [["--claim", "tenant"], "tenant is no claim; write --claim tenant=blue."],
  [["--claim", "=blue"], "=blue is no claim; write --claim tenant=blue."],
  [["--claim", "a=1", "--claim", "a=2"], "The claim a is given twice."],
  [["--claim", "a=1", "--claim-file", "a=/dev/null"], "The claim a is given twice."],
  [["--claim-file", "task_text=none.txt"], "none.txt cannot be read as text: ENOENT"],
])("refuses the claims of %j", async (args, sentence) => {
  expect(await minted(...args)).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(sentence) });
});

test("every claim that it makes by itself is refused as a further one", async () => {
  const every = ["--role", "r", "--scope", "s", "--session", "x", "--purpose", "p", "--acting-for", "ann"];
  const { stdout } = await minted(...every, "--dpop", path("dpop.jwk.json"));
  const names = Object.keys(decodeJwt(stdout.trim()));
  expect(names.length).toBeGreaterThan(10);
  for (const name of names)
    expect((await minted("--claim", `${name}=1`)).stderr).toContain(`The command sets the claim ${name} itself`);
});

test("the help has its examples", async () => {
  await expectExamples("token", [mint]);
});
