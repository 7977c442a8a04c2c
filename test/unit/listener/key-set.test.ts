import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { keySet } from "../../../gateway/listener/key-set.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function at(published: () => Promise<object>): Promise<string> {
  const server = createServer(keySet(published, (_req, res) => res.writeHead(418).end()));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  closing.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("answers with the keys of now, for five minutes, and leaves other paths alone", async () => {
  let count = 0;
  const origin = await at(async () => ({ keys: [{ kid: `k${(count += 1)}` }] }));
  const answer = await fetch(`${origin}/.well-known/jwks.json`);
  expect([answer.headers.get("cache-control"), await answer.json()]).toEqual([
    "public, max-age=300",
    { keys: [{ kid: "k1" }] },
  ]);
  expect(await (await fetch(`${origin}/.well-known/jwks.json`)).json()).toEqual({ keys: [{ kid: "k2" }] });
  expect((await fetch(`${origin}/.well-known/other`)).status).toBe(418);
  expect((await fetch(`${origin}/.well-known/jwks.json`, { method: "POST" })).status).toBe(418);
});

test("answers 503, which nobody keeps, while the keys cannot be read", async () => {
  const origin = await at(() => Promise.reject(new Error("vault says secret things")));
  const answer = await fetch(`${origin}/.well-known/jwks.json`);
  expect([answer.status, answer.headers.get("cache-control"), await answer.text()]).toEqual([
    503,
    "no-store",
    '{"ok":false}',
  ]);
});
