import { type KeyObject, sign } from "node:crypto";
import { checkpointText, parseCheckpoint } from "../../../../gateway/lib/tlog/checkpoint.ts";
import { leafHash } from "../../../../gateway/lib/tlog/merkle.ts";
import { noteKey, signatureLine } from "../../../../gateway/lib/tlog/note.ts";
import type { Random } from "../../check.ts";
import type { MutableLog } from "./files.ts";
import { type Mutation, two } from "./line-mutations.ts";

/** Changes of tiles, checkpoints, signatures and keys. `stranger` is a key that is none of the log. */
export function treeMutations(stranger: KeyObject): Readonly<Record<string, Mutation>> {
  return {
    "bit of a tile": (log, random) => log.flipBit(random.pick(log.tiles()), random),
    "tile removed": (log, random) => {
      const tile = random.pick(log.neededTiles());
      log.remove(tile);
      return `${tile} was removed`;
    },
    "tile cut": (log, random) => {
      const tile = random.pick(log.neededTiles());
      log.write(tile, log.read(tile).subarray(0, random.below(log.read(tile).length)));
      return `${tile} was cut`;
    },
    "tile grown": (log, random) => {
      const tile = random.pick(log.neededTiles());
      log.write(tile, Buffer.concat([log.read(tile), Buffer.alloc(32, random.below(256))]));
      return `${tile} grew`;
    },
    "tiles exchanged": (log, random) => {
      const [one, other] = two(log.neededTiles(), random);
      if (one === undefined || other === undefined) return null;
      log.swap(one, other);
      return `${one} and ${other} were exchanged`;
    },
    "line and its leaf": (log, random) => forgeLine(log, random),
    "bit of the checkpoint": (log, random) => log.flipBit("tlog/checkpoint", random),
    "bit of the history": (log, random) => log.flipBit("tlog/checkpoints", random),
    "bit of the keys": (log, random) => log.flipBit("tlog/keys", random),
    "older checkpoint": (log, random) => {
      const notes = notesOf(log);
      const note = notes[random.below(notes.length - 1)] ?? "";
      log.write("tlog/checkpoint", Buffer.from(note));
      return `the newest checkpoint is ${note.split("\n")[1] ?? ""}`;
    },
    "history cut": (log, random) => {
      const notes = notesOf(log);
      writeNotes(log, notes.slice(0, random.below(notes.length)));
      return "the end of the history was cut off";
    },
    "history cut anywhere": (log, random) => {
      const bytes = log.read("tlog/checkpoints");
      const at = random.below(bytes.length);
      log.write("tlog/checkpoints", bytes.subarray(0, at));
      return `the history was cut at ${at}`;
    },
    "history in another order": (log, random) => {
      const notes = notesOf(log);
      const at = random.below(notes.length - 1);
      const [one, other] = [notes[at] ?? "", notes[at + 1] ?? ""];
      if (one.split("\n")[1] === other.split("\n")[1]) return null;
      writeNotes(log, notes.with(at, other).with(at + 1, one));
      return `the checkpoints ${at} and ${at + 1} were exchanged`;
    },
    "checkpoint signed by a stranger": (log) => {
      const checkpoint = parseCheckpoint(log.read("tlog/checkpoint").toString());
      if (checkpoint === null) return null;
      const { text } = checkpoint.note;
      log.write(
        "tlog/checkpoint",
        Buffer.from(`${text}\n${signatureLine(noteKey(checkpoint.origin, stranger), stranger, text)}`),
      );
      return "the newest checkpoint was signed by a stranger";
    },
    "signature of a stranger under the key's name": (log) => resigned(log, stranger),
    "size of the checkpoint": (log, random) =>
      edited(log, ({ origin, size, root }) => checkpointText(origin, 1 + random.below(size - 1), root)),
    "root of the checkpoint": (log, random) =>
      edited(log, ({ origin, size, root }) =>
        checkpointText(origin, size, Buffer.from(root.map((byte) => byte ^ (1 + random.below(255))))),
      ),
    "keys removed": (log) => {
      log.remove("tlog/keys");
      return "the keys were removed";
    },
    "tree removed": (log) => {
      log.remove("tlog");
      return "the tree was removed";
    },
  };
}

/** Somebody who knows how the tree is made: the line fits its leaf, and the leaf no longer fits the checkpoints. */
function forgeLine(log: MutableLog, random: Random): string | null {
  const segment = random.pick(log.segments());
  const lines = log.lines(segment);
  const at = 1 + random.below(lines.length - 1);
  const first = Number(/"leaf":(\d+)/.exec(lines[0] ?? "")?.[1]);
  const forged = (lines[at] ?? "").replace('"decision_id":"d_', '"decision_id":"d_7');
  if (forged === lines[at]) return null;
  const leaf = first + at;
  const tile = log
    .tiles()
    .findLast((file) => file.startsWith(`tlog/tile/0/${String(Math.floor(leaf / 256)).padStart(3, "0")}`));
  if (tile === undefined) return null;
  const bytes = Buffer.from(log.read(tile));
  // The newest lines may not be in the tree yet.
  if ((leaf % 256) * 32 >= bytes.length) return null;
  bytes.set(leafHash(Buffer.from(forged, "latin1")), (leaf % 256) * 32);
  log.write(tile, bytes);
  log.writeLines(segment, lines.with(at, forged));
  return `line ${leaf} and its leaf`;
}

function resigned(log: MutableLog, stranger: KeyObject): string | null {
  const checkpoint = parseCheckpoint(log.read("tlog/checkpoint").toString());
  const signature = checkpoint?.note.signatures[0];
  if (checkpoint === null || signature === undefined) return null;
  const { text } = checkpoint.note;
  const forged = Buffer.concat([Buffer.from(signature.id, "hex"), sign(null, Buffer.from(text), stranger)]).toString(
    "base64",
  );
  log.write("tlog/checkpoint", Buffer.from(`${text}\n— ${signature.name} ${forged}\n`));
  return "the newest checkpoint has another signature";
}

function edited(
  log: MutableLog,
  change: (of: { origin: string; size: number; root: Buffer }) => string,
): string | null {
  const note = log.read("tlog/checkpoint").toString();
  const checkpoint = parseCheckpoint(note);
  if (checkpoint === null) return null;
  log.write("tlog/checkpoint", Buffer.from(note.replace(checkpoint.note.text, change(checkpoint))));
  return "the newest checkpoint says something else";
}

export function notesOf(log: MutableLog): string[] {
  const parts = log.read("tlog/checkpoints").toString().split("\n\n");
  return Array.from(
    { length: (parts.length - 1) / 2 },
    (_, at) => `${parts[2 * at] ?? ""}\n\n${parts[2 * at + 1] ?? ""}\n`,
  );
}

export function writeNotes(log: MutableLog, notes: readonly string[]): void {
  log.write("tlog/checkpoints", Buffer.from(notes.map((note) => `${note}\n`).join("")));
}
