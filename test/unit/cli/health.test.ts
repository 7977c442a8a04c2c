import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { health } from "../../../gateway/cli/health.ts";
import { type ConsoleCli, startConsoleCli } from "./console-cli.ts";
import { expectExamples, inProcess } from "./run.ts";

let cli: ConsoleCli;
beforeAll(async () => {
  cli = await startConsoleCli();
});
afterAll(() => cli.close());

test("tells what is wrong with a gateway that is ready all the same", async () => {
  const finding = {
    name: "policy-rules",
    problem: "a.rego:1: package a is never evaluated",
    fix: "mend it",
    severity: "degraded",
  };
  const server = createServer((_req, res) => void res.end(JSON.stringify({ ready: true, findings: [finding] })));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const done = await inProcess(["health", "--console", origin]);
  server.close();
  expect(done.code).toBe(0);
  expect(done.stdout).toBe(`${origin} is ready:\npolicy-rules: a.rego:1: package a is never evaluated (mend it)\n`);
});

test("tells whether the gateway is ready without signing in", async () => {
  const done = await inProcess(["health", "--console", cli.running.url, "--json"]);
  expect(done.code).toBe(0);
  expect(JSON.parse(done.stdout)).toEqual({ alive: true, ready: true, findings: [] });
});

test("exits 5 when nobody answers, and when somebody else does", async () => {
  expect(await inProcess(["health", "--console", "http://127.0.0.1:1"])).toMatchObject({
    code: 5,
    stderr: expect.stringContaining("cannot be reached"),
  });
  const other = createServer((_, res) => res.end("<html>hello</html>"));
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const console = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  expect(await inProcess(["health", "--console", console])).toMatchObject({
    code: 5,
    stderr: expect.stringContaining("does not answer like a Sallyport console"),
  });
  await new Promise((resolve) => {
    other.close(resolve);
    other.closeAllConnections();
  });
});

test("the help has its examples", async () => {
  await expectExamples("", [health]);
});
