import { generateKeyPairSync } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseCheckpoint } from "../../../../gateway/lib/tlog/checkpoint.ts";
import { COSIGNATURE, noteKey } from "../../../../gateway/lib/tlog/note.ts";
import { LogTree } from "../../../../gateway/record/tree/log-tree.ts";
import { TreeFolder } from "../../../../gateway/record/tree/tree-folder.ts";
import { leafHash } from "../../../../gateway/lib/tlog/merkle.ts";
import { Witness } from "../../../../gateway/record/witness/witness.ts";
import { WitnessClient, type WitnessReply } from "../../../../gateway/record/witness/witness-client.ts";

const clock = { now: () => 1_700_000_000_000, monotonic: () => 0 };
const origin = "logs.example.com/gw-1/l_1";
const logKey = generateKeyPairSync("ed25519").privateKey;
const witnessKey = generateKeyPairSync("ed25519").privateKey;
const key = noteKey("witness.example.com", witnessKey, COSIGNATURE);

let dir: string;
let log: string;
let witness: Witness;
let posted: number;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "witness-client-"));
  log = join(dir, "log");
  mkdirSync(log);
  mkdirSync(join(dir, "witness"));
  const logs = [noteKey(origin, logKey)];
  witness = new Witness({ dir: join(dir, "witness"), name: key.name, privateKey: witnessKey, logs, clock });
  posted = 0;
});
afterEach(() => rmSync(dir, { recursive: true }));

/** The tree of the folder with so many lines more. */
function grow(lines: number, word = "line"): void {
  const folder = new TreeFolder(log);
  const tree = LogTree.read(folder, logKey) ?? new LogTree(folder, origin, logKey);
  tree.announceKey();
  for (let at = 0; at < lines; at += 1) tree.append(leafHash(Buffer.from(`${word} ${tree.size}`)));
  tree.checkpoint();
}

const toWitness = (_path: string, text: string): Promise<WitnessReply> => {
  posted += 1;
  return Promise.resolve(witness.addCheckpoint(text));
};
const client = (post = toWitness) => new WitnessClient({ dir: log, key, post });
const cosigned = () => parseCheckpoint(readFileSync(join(log, "tlog/cosigned"), "utf8"))?.size;

test("has each checkpoint cosigned with one request, over the borders of tiles", async () => {
  const same = client();
  for (const lines of [1, 200, 55, 1, 600, 0]) {
    grow(lines);
    await same.submit();
  }
  expect([cosigned(), posted]).toEqual([857, 6]);
});

test("asks nothing before there is a checkpoint", async () => {
  await client().submit();
  expect(posted).toBe(0);
});

test("goes on after it was started again, and finds out what the witness knows when that is not kept", async () => {
  grow(10);
  await client().submit();
  grow(300);
  await client().submit();
  expect([cosigned(), posted]).toEqual([310, 2]);
  rmSync(join(log, "tlog/cosigned"));
  grow(5);
  await client().submit();
  expect([cosigned(), posted]).toEqual([315, 4]);
});

test("says when lines are gone, and when they were changed", async () => {
  grow(300);
  cpSync(log, join(dir, "earlier"), { recursive: true });
  grow(50);
  await client().submit();
  rmSync(log, { recursive: true });
  cpSync(join(dir, "earlier"), log, { recursive: true });
  await expect(client().submit()).rejects.toThrow(
    "it has cosigned 350 lines of the log, which has 300: lines are gone",
  );
  grow(50, "other");
  await expect(client().submit()).rejects.toThrow("it has cosigned another tree: lines of the log were changed since");
  grow(50, "other");
  await expect(client().submit()).rejects.toThrow("it has cosigned another tree: lines of the log were changed since");
});

test.each<readonly [string, WitnessReply, RegExp, RegExp]>([
  [
    "does not know the log",
    { status: 404, type: "text/plain", body: "no\n" },
    /answers 404: no$/,
    /start the witness with --log/,
  ],
  ["trusts another key", { status: 403, type: "text/plain", body: "" }, /answers 403/, /start the witness with --log/],
  ["has a fault", { status: 500, type: "text/html", body: "<p>" }, /answers 500/, /see the output of the witness/],
  ["names no size", { status: 409, type: "text/x.tlog.size", body: "many\n" }, /answers 409/, /see the output/],
  ["signs nothing", { status: 200, type: "text/plain", body: "" }, /without a signature of/, /set record.witness.key/],
  [
    "answers with what is no signature",
    { status: 200, type: "text/plain", body: "fine\n" },
    /without a signature of/,
    /record.witness.key/,
  ],
])("says what to do about a witness that %s", async (_what, reply, message, fix) => {
  grow(3);
  const failure: unknown = await client(() => Promise.resolve(reply))
    .submit()
    .catch((thrown: unknown) => thrown);
  expect(failure).toMatchObject({ message: expect.stringMatching(message), fix: expect.stringMatching(fix) });
});
