import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { verifyLog } from "../../../../gateway/record/audit/verify-log.ts";
import type { LogWriter } from "../../../../gateway/record/log-writer.ts";
import type { ShipTarget } from "../../../../gateway/domain/shipping.ts";
import { signatureProblem } from "../../../support/aws/check-signature.ts";
import { TestLog } from "../../../support/record/test-log.ts";
import { type Arrived, Collector } from "../../../support/ship/collector.ts";
import { idsFrom, writeCalls } from "../../../support/ship/ship-log.ts";
import { destinationDuring, loopback, noTls, secrets, shipperOf } from "../../../support/ship/shipped.ts";

let here: TestLog;
let writer: LogWriter;
let store: Collector;
/** The bucket. */
const objects = new Map<string, Buffer>();
const problems: string[] = [];

beforeEach(async () => {
  here = new TestLog();
  writer = here.writer({ segmentBytes: 30_000 });
  objects.clear();
  problems.length = 0;
  store = await new Collector().listen();
  store.choose = (request) => {
    const problem = signatureProblem({ ...request, target: request.url, headers: request.rawHeaders }, (id) =>
      id === secrets["env:ID"] ? (secrets["env:KEY"] ?? null) : null,
    );
    if (problem !== null) problems.push(problem);
    return problem === null ? answered(request) : { status: 403 };
  };
});
afterEach(async () => {
  await writer.close();
  await store.close();
  here.remove();
});

function answered({ method, url, body }: Arrived) {
  const key = decodeURIComponent(url);
  if (method === "PUT") {
    objects.set(key, body);
    return { status: 200 };
  }
  const found = objects.get(key);
  return found === undefined ? { status: 404 } : { status: 200, body: found.toString() };
}

const target = (): ShipTarget => ({
  kind: "s3",
  endpoint: store.url,
  bucket: "audit-logs",
  region: "eu-central-1",
  prefix: "gw (1)/",
  keys: { id: "env:ID", secret: "env:KEY", session: null },
  tls: noTls,
  addresses: loopback,
});

/** Makes a log folder of what the bucket has, with the very commands of docs/shipping.md. */
function fetched(): string {
  const dir = mkdtempSync(join(tmpdir(), "fetched-"));
  for (const [key, body] of objects) {
    const place = /^\/audit-logs\/gw \(1\)\/example\.com\/gw-1\/[0-9a-f]+\/(.+)$/.exec(key)?.[1] ?? "";
    const path = join(dir, "mirror", place);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, body);
  }
  const page = readFileSync(new URL("../../../../docs/shipping.md", import.meta.url), "utf8");
  const [, ...commands] = (/```sh\n(aws s3 sync [^]*?)```/.exec(page)?.[1] ?? "").trimEnd().split("\n");
  if (!commands.pop()?.startsWith("sallyport audit verify mirror ")) throw new Error("the page has other commands");
  execFileSync("sh", ["-eu", "-c", commands.join("\n")], { cwd: dir });
  renameSync(join(dir, "mirror"), `${dir}-mirror`);
  rmSync(dir, { recursive: true });
  return `${dir}-mirror`;
}

async function verified(dir: string) {
  const given = {
    dir,
    keys: [],
    kept: [],
    witness: null,
    authorities: null,
    receipt: null,
    isLive: false,
    progress: () => undefined,
  };
  const { ok, problems: found, decisions, uncovered } = await verifyLog(given);
  rmSync(dir, { recursive: true });
  return { ok, found, decisions, uncovered };
}

test("what a bucket has is the log, byte for byte, and verifies with its tree", async () => {
  await writeCalls(writer, idsFrom(0, 150));
  await here.tree.cover();
  const first = shipperOf(here, target());
  expect(await first.drain()).toBe(true);
  await writeCalls(writer, idsFrom(150, 150));
  await writer.close();
  // A process that starts anew asks the bucket what it has of the tree.
  const before = store.arrived.length;
  expect(await shipperOf(here, target()).drain()).toBe(true);
  const later = store.arrived.slice(before);
  expect(later.filter(({ url }) => url.endsWith("/tlog/tile/0/000"))).toEqual([]);
  expect(later.filter(({ url }) => url.endsWith("/tlog/tile/0/001")).length).toBe(1);
  expect(problems).toEqual([]);
  expect(await verified(fetched())).toEqual({ ok: true, found: [], decisions: 300, uncovered: 0 });
  cpSync(here.log, join(here.dir, "copy"), { recursive: true });
  expect(await verified(join(here.dir, "copy"))).toMatchObject({ ok: true, decisions: 300 });
});

test("what is sent again replaces itself", async () => {
  await writeCalls(writer, idsFrom(0, 60));
  await writer.close();
  await shipperOf(here, target()).drain();
  const keys = [...objects.keys()];
  rmSync(join(here.dir, "ship"), { recursive: true });
  expect(await shipperOf(here, target()).drain()).toBe(true);
  expect([...objects.keys()]).toEqual(keys);
  expect(await verified(fetched())).toMatchObject({ ok: true, decisions: 60, uncovered: 0 });
});

test("a cursor that is lost has lines sent again in other objects, and what the commands make of them is the log", async () => {
  for (const from of [0, 4, 8]) {
    await writeCalls(writer, idsFrom(from, 4));
    await shipperOf(here, target()).drain();
  }
  const earlier = [...objects.keys()].filter((key) => key.endsWith(".gz"));
  expect(earlier.length).toBeGreaterThan(2);
  await writeCalls(writer, idsFrom(12, 20));
  await here.tree.cover();
  rmSync(join(here.dir, "ship"), { recursive: true });
  expect(await shipperOf(here, target()).drain()).toBe(true);
  expect([...objects.keys()]).toEqual(expect.arrayContaining(earlier));
  expect(linesSent()).toBeGreaterThan(here.lines().length);
  const dir = fetched();
  for (const name of here.names()) expect(readFileSync(join(dir, name))).toEqual(readFileSync(join(here.log, name)));
  expect(await verified(dir)).toMatchObject({ ok: true, found: [], decisions: 32 });
});

test("a store that takes lines and no tiles gets the checkpoint only after them", async () => {
  await writeCalls(writer, idsFrom(0, 20));
  await writer.close();
  const check = store.choose;
  store.choose = (request) => (request.url.includes("/tile/") ? { status: 503 } : check(request));
  const shipper = shipperOf(here, target());
  expect(await shipper.drain()).toBe(false);
  expect([...objects.keys()].filter((key) => key.endsWith("/checkpoint"))).toEqual([]);
  store.choose = check;
  expect(await shipper.drain()).toBe(true);
  expect(await verified(fetched())).toMatchObject({ ok: true, decisions: 20, uncovered: 0 });
});

test("a store that refuses the tree fails since then, however many lines it takes meanwhile", async () => {
  const check = store.choose;
  store.choose = (request) => (request.url.includes("/tlog/") ? { status: 403 } : check(request));
  let now = Date.now();
  const clock = { now: () => now, monotonic: () => performance.now() };
  const shipper = shipperOf(here, target(), { clock });
  for (let round = 0; round < 3; round += 1) {
    await writeCalls(writer, idsFrom(round * 5, 5));
    await here.tree.cover();
    expect(await shipper.drain()).toBe(false);
    now += 60_000;
  }
  expect(await shipper.state()).toMatchObject({
    records: 0,
    seconds: 0,
    failingSeconds: 180,
    error: expect.stringContaining("answered 403"),
  });
  store.choose = check;
  expect(await shipper.drain()).toBe(true);
  expect(await shipper.state()).toMatchObject({ failingSeconds: 0, error: null });
});

test("no checkpoint is in the bucket before its lines, also when lines are appended while others are sent", async () => {
  await writeCalls(writer, idsFrom(0, 3));
  let rounds = 0;
  const destination = destinationDuring(here, target(), async () => {
    rounds += 1;
    if (rounds > 3) return;
    await writeCalls(writer, idsFrom(rounds * 3, 3));
    await here.tree.cover();
  });
  const check = store.choose;
  const behind: number[] = [];
  store.choose = (request) => {
    if (request.method === "PUT" && request.url.endsWith("/tlog/checkpoint"))
      behind.push(Number(request.body.toString().split("\n")[1]) - linesSent());
    return check(request);
  };
  expect(await shipperOf(here, target(), { destination }).drain()).toBe(true);
  expect(behind.length).toBeGreaterThan(0);
  expect(behind.filter((lines) => lines > 0)).toEqual([]);
});

test("of an answer that repeats the session token or the key id only the code is shown", async () => {
  await writeCalls(writer, idsFrom(0, 1));
  const given = { ...target(), keys: { id: "env:ID", secret: "env:KEY", session: "env:TOKEN" } } as ShipTarget;
  const [id = "", token = ""] = [secrets["env:ID"], secrets["env:TOKEN"]];
  const body = `<?xml version="1.0"?>\n<Error><Code>ExpiredToken</Code><Message>no</Message><Token-0>${token}</Token-0><AWSAccessKeyId>${id}</AWSAccessKeyId></Error>`;
  store.choose = () => ({ status: 400, body });
  const shipper = shipperOf(here, given);
  expect(await shipper.drain()).toBe(false);
  expect((await shipper.state()).error).toBe("answered 400: ExpiredToken");
  expect(shipper.told.join()).not.toContain(token);
});

/** Lines that the bucket has. */
function linesSent(): number {
  const texts = [...objects].flatMap(([key, body]) => (key.endsWith(".gz") ? [gunzipSync(body).toString()] : []));
  return texts.reduce((sum, text) => sum + text.split("\n").length - 1, 0);
}
