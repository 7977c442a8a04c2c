/** What an operator does to a running gateway, and what the gateway tells about itself and what is around it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { root } from "../conformance/house/guards/tree.ts";
import type { Finding } from "../../gateway/domain/ports.ts";
import { freePort } from "../../demo/gate/config-file.ts";
import { eventually } from "../support/eventually.ts";
import { type RecordingUpstream, recordingUpstream } from "../support/recording-upstream.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const order = { method: "GET", path: "/payments/v1/orders/o-881" } as const;

test("the agents' listener says that a gateway is ready when its console is open, too", async () => {
  const upstream = await recordingUpstream();
  const agentsPort = await freePort();
  let console = "";
  // The password of each is hashed before the console opens, which takes some time.
  const users = Array.from({ length: 10 }, (_, at) => ({ name: `person-${at}`, roles: ["operator"] }));
  const login = async (url: string): Promise<object> => {
    console = url;
    return { users };
  };
  const seen = new Set<number | null>();
  const looking = eventually("the agents' listener says that it is ready", async () => {
    const status = await fetch(`http://127.0.0.1:${agentsPort}/readyz`).then(
      (answer) => answer.status,
      () => null,
    );
    seen.add(status);
    if (status !== 200) return null;
    return (await fetch(`${console}/readyz`)).status;
  });
  const gateway = await startGateway({ routes: [paymentsRoute(upstream.origin)], agentsPort, login });
  try {
    expect(await looking).toBe(200);
    expect([...seen]).toContain(503);
  } finally {
    await Promise.all([gateway.close(), upstream.close()]);
  }
});

describe("a running gateway", () => {
  let upstream: RecordingUpstream;
  let gateway: TestGateway;

  beforeEach(async () => {
    upstream = await recordingUpstream();
    gateway = await startGateway({ routes: [paymentsRoute(upstream.origin)], policy: async () => undefined });
  });
  afterEach(() => Promise.all([gateway?.close(), upstream?.close()]));

  const report = async (path = "/readyz") => {
    const answer = await fetch(gateway.console + path);
    const { findings } = (await answer.json()) as { findings: Finding[] };
    return { status: answer.status, findings };
  };
  const finding = (name: string) =>
    eventually(`the finding ${name}`, async () => (await report()).findings.find((one) => one.name === name) ?? null);
  const noFinding = (name: string) =>
    eventually(`no finding ${name}`, async () =>
      (await report()).findings.some((one) => one.name === name) ? null : true,
    );

  it("ends no call on SIGHUP, and tells what was edited in its configuration", async () => {
    const file = join(gateway.dir, "sallyport.yaml");
    const before = await readFile(file, "utf8");
    let finish = (): void => undefined;
    upstream.answerWith((_req, res) => (finish = () => void res.end("{}")));
    const running = gateway.refundBot().call(order);
    await eventually("it runs", () => (upstream.requests.length === 1 ? true : null));

    await appendFile(file, "\n# a remark\n");
    process.kill(gateway.pid(), "SIGHUP");
    expect(await finding("configuration-edit")).toMatchObject({
      problem: expect.stringContaining("was edited, and the gateway goes on"),
      severity: "degraded",
    });
    await gateway.told("was edited, and the gateway goes on");
    await appendFile(file, "rotues: []\n");
    process.kill(gateway.pid(), "SIGHUP");
    await gateway.told("did you mean");
    expect((await finding("configuration-edit")).problem).toMatch(/sallyport\.yaml:\d+:1 .*rotues/);
    await writeFile(file, before);
    process.kill(gateway.pid(), "SIGHUP");
    await noFinding("configuration-edit");

    finish();
    expect((await running).status).toBe(200);
  });

  it("is not ready while it stops, and lets what runs end", async () => {
    let finish = (): void => undefined;
    upstream.answerWith((_req, res) => (finish = () => void res.end("{}")));
    const running = gateway.refundBot().call(order);
    await eventually("it runs", () => (upstream.requests.length === 1 ? true : null));
    expect([(await report()).status, (await report("/healthz")).status]).toEqual([200, 200]);
    expect((await fetch(`${gateway.agents}/healthz`)).status).toBe(200);
    process.kill(gateway.pid(), "SIGTERM");
    await finding("draining");
    expect([(await report()).status, (await report("/healthz")).status]).toEqual([503, 503]);
    finish();
    expect((await running).status).toBe(200);
  });

  it("goes on for the time to drain, and ends at once at another signal", async () => {
    await gateway.kill("SIGTERM");
    const file = join(gateway.dir, "sallyport.yaml");
    const config = parse(await readFile(file, "utf8")) as { listeners: { agents: { limits: object } } };
    config.listeners.agents.limits = { drain: "10m" };
    await writeFile(file, JSON.stringify(config));
    await gateway.startAgain();
    process.kill(gateway.pid(), "SIGTERM");
    await finding("draining");
    expect((await fetch(`${gateway.agents}/readyz`)).status).toBe(503);
    const alive = await fetch(`${gateway.agents}/livez`);
    expect([alive.status, alive.headers.get("connection")]).toEqual([200, "close"]);
    expect((await gateway.refundBot().call(order)).status).toBe(200);
    await gateway.kill("SIGINT");
    expect(gateway.output()).toContain("ended at once: SIGINT");
    await gateway.startAgain();
    expect((await report()).status).toBe(200);
  });

  it("tells once that a tool server cannot be reached, and that it can be again", async () => {
    const port = Number(new URL(upstream.origin).port);
    const agent = gateway.refundBot();
    await upstream.close();
    for (let call = 0; call < 3; call++) expect((await agent.call(order)).status).toBe(502);
    expect(await finding("tool-server")).toMatchObject({
      problem: expect.stringMatching(/route payments .* cannot be reached since .*ECONNREFUSED/),
    });
    expect((await report()).status).toBe(200);
    await gateway.told("the tool server cannot be reached");
    expect(gateway.output().match(/the tool server cannot be reached/g)).toHaveLength(1);

    const back = createServer((socket) =>
      socket.on("data", () =>
        socket.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"),
      ),
    ).listen(port, "127.0.0.1");
    await once(back, "listening");
    expect((await agent.call(order)).status).toBe(200);
    await noFinding("tool-server");
    await gateway.told("the tool server can be reached again");
    expect(gateway.output().match(/the tool server can be reached again/g)).toHaveLength(1);
    back.close();
  });

  it("tells that a broken policy was mended", async () => {
    const policy = gateway.policy!;
    const main = "sallyport/main/main.rego";
    const good = await policy.read(main);
    await policy.write(main, `${good}\nbroken {`);
    await finding("policy-edit");
    await policy.write(main, good);
    await gateway.told("the policy was mended");
    expect((await report()).findings).toEqual([]);
  });
});

/** The gateway's own command, as it stands in the configuration folder. */
async function serveIn(dir: string): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, ["gateway/main.ts", "serve", "--config", join(dir, "sallyport.yaml")], {
    cwd: root,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stderr };
}

async function configFolder(dataDir: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "sallyport-ops-"));
  const [agents, console] = await Promise.all([freePort(), freePort()]);
  const config = {
    version: 1,
    data_dir: dataDir,
    listeners: { agents: { port: agents }, console: { port: console } },
    issuers: [{ id: "dev", development: true }],
    routes: [paymentsRoute("http://127.0.0.1:9")],
    credentials: { "payments-api": { prefix: "Bearer ", value: "file:key" } },
    policy: { source: join(root, "rego") },
  };
  await writeFile(join(dir, "key"), "demo");
  await writeFile(join(dir, "sallyport.yaml"), JSON.stringify(config));
  return dir;
}

describe("a data folder that cannot be used", () => {
  it("is told in one sentence with what to do, and ends the start", async () => {
    const dir = await configFolder("file");
    await writeFile(join(dir, "file"), "not a folder");
    const { code, stderr } = await serveIn(dir);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^the data folder \S+file cannot be used: .*; make it a folder that .* may write, or name another data_dir\n$/,
    );
    await rm(dir, { recursive: true });
  });

  it("is told as in use while another gateway has it", async () => {
    const upstream = await recordingUpstream();
    const gateway = await startGateway({ routes: [paymentsRoute(upstream.origin)] });
    const dir = await configFolder(join(gateway.dir, "data"));
    const { code, stderr } = await serveIn(dir);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(
        /^another gateway is using the data folder \S+; stop it, or give each gateway its own data_dir\n$/,
      ),
    ]);
    await Promise.all([rm(dir, { recursive: true }), gateway.close(), upstream.close()]);
  });
});

test.each(["npm", "what npm started"])(
  "a gateway ends when %s is killed outright",
  async (who) => {
    const dir = await configFolder("data");
    const command = ["run", "--silent", "sallyport", "--", "serve", "--config", join(dir, "sallyport.yaml")];
    const env = { ...process.env, PATH: `${join(process.execPath, "..")}:${process.env["PATH"]}` };
    const npm = spawn("npm", command, { cwd: root, env, stdio: ["ignore", "ignore", "pipe"], detached: true });
    let stderr = "";
    npm.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    // All that was started writes there, so it closes when the last of them has ended.
    const ended = once(npm.stderr, "close");
    await eventually("it serves", () => (stderr.includes("people decide at") ? true : null), 60_000);
    const agents = /agents call (\S+)/.exec(stderr)?.[1] ?? "";
    expect((await fetch(`${agents}/livez`)).status).toBe(200);
    const victim = who === "npm" ? (npm.pid ?? 0) : await childOf(npm.pid ?? 0);
    process.kill(victim, "SIGKILL");
    await eventually("nobody listens any more", async () =>
      fetch(`${agents}/livez`).then(
        () => null,
        () => true,
      ),
    );
    await ended;
    await rm(dir, { recursive: true });
  },
  90_000,
);

async function childOf(pid: number): Promise<number> {
  return Number((await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).trim().split(" ")[0]);
}
