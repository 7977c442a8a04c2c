/** Starts with a bundle server, and with what an earlier run has kept. */
import { once } from "node:events";
import { stat, utimes } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Fault } from "../../support/bundles/bundle-server.ts";
import { opaBuilt, team } from "../../support/bundles/opa-built.ts";
import { signingRoom, trusting } from "../../support/bundles/signed-bundle.ts";
import { servedRoom, type ServedRoom, statusOf, tells, told } from "./support/served-room.ts";

const path = "/bundles/team";
let room: ServedRoom;
beforeEach(async () => {
  room = await servedRoom();
});
afterEach(() => room.remove());

test("takes no older bundle in the place of the kept one, although no policy has been active since the start", async () => {
  const signing = await signingRoom();
  const signer = await signing.signer("ES256");
  const signed = async (text: string, iat: number): Promise<Buffer> => {
    await room.write("claims.json", JSON.stringify({ iat }));
    const claims = ["--claims-file", join(room.root, "claims.json")];
    return opaBuilt(team(text), ["--signing-key", signer.signFile, "--signing-alg", "ES256", ...claims]);
  };
  try {
    const older = await signed("older", 1_790_000_000);
    room.server.serve(path, await signed("newer", 1_790_000_100), '"1"');
    const options = { trust: new Map([["team", trusting(signer)]]), settings: { persist: true } };
    const first = await room.started(options);
    await statusOf(first, "team", ({ confirmedAt }) => confirmedAt !== null);
    await room.close(first);
    room.server.serve(path, older, '"0"');
    // The other bundle is not there yet, so nothing becomes active.
    const again = await room.started({ ...options, names: ["team", "words"] });
    const { failure } = await statusOf(again, "team", (status) => status.failure !== null);
    expect([failure?.message, told(again)]).toEqual([expect.stringContaining("before one that has been active"), null]);
    room.server.serve("/bundles/words", await opaBuilt({ "words/w.rego": "package words\n\nx := 1\n" }), '"w"');
    await tells(again, "newer");
  } finally {
    await signing.remove();
  }
});

test("waits no longer for a server that sends its bundle slowly, and takes it when it is there", async () => {
  const bytes = await opaBuilt(team("slow"));
  const open = new Map<ServerResponse, { sent: number }>();
  const slow = createServer((_request, response) => {
    response.writeHead(200, { "content-length": String(bytes.length) });
    open.set(response, { sent: 0 });
  }).listen(0, "127.0.0.1");
  await once(slow, "listening");
  const drip = setInterval(() => {
    for (const [response, state] of open) response.write(bytes.subarray(state.sent, ++state.sent));
  }, 50);
  try {
    const url = `http://127.0.0.1:${(slow.address() as AddressInfo).port}`;
    const bundles = await room.started({ service: { url, headerTimeoutMs: 1_000 } });
    expect([told(bundles), open.size]).toEqual([null, 1]);
    clearInterval(drip);
    for (const [response, { sent }] of open) response.end(bytes.subarray(sent));
    await tells(bundles, "slow");
  } finally {
    clearInterval(drip);
    slow.closeAllConnections();
    slow.close();
  }
});

test("does not know how old a bundle is that was confirmed at a time to come, so that calls may be refused", async () => {
  room.server.serve(path, await opaBuilt(team("one")), '"1"');
  const options = { settings: { persist: true, maxStaleMs: 60_000, denyStale: true } };
  const first = await room.started(options);
  await statusOf(first, "team", ({ confirmedAt }) => confirmedAt !== null);
  await room.close(first);
  const toCome = Date.now() / 1_000 + 3_600;
  await utimes(join(room.root, "data/bundles/team/bundle.tar.gz"), toCome, toCome);
  room.server.fail(path, ...Array<Fault>(1_000).fill({ status: 500 }));
  const again = await room.started(options);
  expect([again.isStale(), told(again)]).toEqual([true, "one"]);
  room.server.faults.clear();
  await statusOf(again, "team", ({ stale }) => stale === "no");
});

test("asks in pauses where the server sends the same bundle again and again instead of waiting, and writes it once", async () => {
  room.server.waits = true;
  room.server.serve(path, await opaBuilt(team("one")), null);
  room.server.serve("/bundles/words", await opaBuilt({ "words/w.rego": "package words\n\nx := 1\n" }), '"w"');
  const polling = { minMs: 3_600_000, maxMs: 7_200_000, waitS: 30 };
  const bundles = await room.started({ names: ["team", "words"], settings: { polling } });
  const file = join(room.root, "data/bundles/team/downloaded.tar.gz");
  const { ino } = await stat(file);
  // The other one waits, and is asked again at most ten times a second.
  for (let times = 2; times < 12; times += 1) {
    await room.server.askedTimes("/bundles/words", times);
    room.server.endWaits("/bundles/words");
  }
  expect([room.server.asks(path).length, (await stat(file)).ino, told(bundles)]).toEqual([2, ino, "one"]);
});
