import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkedFetch, type CheckedFetchOptions } from "../../../gateway/net/checked-fetch.ts";
import { localServer, rootAuthority } from "../../support/certificates.ts";

const servers: { close(): unknown; closeAllConnections(): void }[] = [];
const folder = mkdtempSync(join(tmpdir(), "checked-fetch-"));
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

async function listening(server: Server | ReturnType<typeof createTlsServer>): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

async function serve(answer: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listening(createServer(answer))}`;
}

function fetcher(changes: Partial<CheckedFetchOptions> = {}) {
  const loopback: CheckedFetchOptions["addresses"] = new Set(["loopback"]);
  return checkedFetch({ addresses: loopback, caFile: null, timeoutMs: 20_000, maxBytes: 1_000, ...changes });
}

test("sends method, headers and body, and gives the answer whole", async () => {
  const address = await serve((req, res) => {
    let body = "";
    req.on("data", (chunk: Buffer) => (body += chunk.toString()));
    req.on("end", () => res.writeHead(201, { "x-seen": "yes" }).end(`${req.method} ${req.headers["x-a"]} ${body}`));
  });
  const answer = await fetcher()(`${address}/path`, { method: "POST", headers: { "x-a": "1" }, body: "text" });
  expect([answer.status, answer.headers.get("x-seen"), await answer.text()]).toEqual([201, "yes", "POST 1 text"]);
});

test("gives an answer without a body as one", async () => {
  const address = await serve((_req, res) => res.writeHead(204).end());
  expect((await fetcher()(address)).status).toBe(204);
});

test("follows no redirect", async () => {
  const address = await serve((_req, res) => res.writeHead(302, { location: "/other" }).end());
  expect((await fetcher()(address)).status).toBe(302);
});

test("refuses an address of a class that is not allowed, written out or resolved", async () => {
  const none = fetcher({ addresses: new Set() });
  for (const host of ["127.0.0.1", "localhost"])
    await expect(none(`http://${host}:1/`)).rejects.toMatchObject({ code: "upstream_address_refused" });
});

test("refuses an answer over its size, without reading on", async () => {
  const address = await serve((_req, res) => {
    const more = (): void => void (res.write("x".repeat(10_000)) ? setImmediate(more) : res.once("drain", more));
    more();
  });
  await expect(fetcher()(address)).rejects.toThrow("the answer is larger than 1000 bytes");
});

test.each<[string, RequestListener]>([
  ["begins no answer", () => undefined],
  ["does not end its answer", (_req, res) => void res.writeHead(200).write("x")],
])("gives up on a server that %s", async (_what, answer) => {
  const address = await serve(answer);
  await expect(fetcher({ timeoutMs: 100 })(address)).rejects.toMatchObject({ name: "TimeoutError" });
});

test("trusts the authorities of its own file alone, and takes a changed file with the next request", async () => {
  const [own, other] = [await rootAuthority("own"), await rootAuthority("other")];
  const { certPem: cert, keyPem: key } = await localServer(own);
  const port = await listening(createTlsServer({ cert, key }, (_req, res) => res.end("over TLS")));
  const caFile = join(folder, "ca.pem");
  const asked = () => fetcher({ caFile })(`https://127.0.0.1:${port}/`);
  writeFileSync(caFile, other.certPem);
  await expect(asked()).rejects.toMatchObject({ code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
  writeFileSync(caFile, own.certPem);
  expect(await (await asked()).text()).toBe("over TLS");
});

test("gives up on a server that pauses for longer than it may, although there is time left", async () => {
  const silent = await serve(() => undefined);
  const pauses = { headMs: 50, bodyMs: 50 };
  await expect(fetcher()(silent, { pauses })).rejects.toMatchObject({ name: "TimeoutError" });
  const stalling = await serve((_req, res) => void res.writeHead(200).write("x"));
  await expect(fetcher()(stalling, { pauses: { ...pauses, headMs: 20_000 } })).rejects.toMatchObject({
    name: "TimeoutError",
  });
});
