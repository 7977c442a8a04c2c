import type { Random } from "../../check.ts";
import type { MutableLog } from "./files.ts";

/** Changes the log. @returns what was done, in words; null when it cannot be done to this log */
export type Mutation = (log: MutableLog, random: Random) => string | null;

/** Changes of the lines alone: the tree and the checkpoints stay as they were. */
export const lineMutations: Readonly<Record<string, Mutation>> = {
  "bit of a line": (log, random) => log.flipBit(random.pick(log.segments()), random),
  "byte of a line": onBytes((bytes, at, random) => {
    bytes[at] = ((bytes[at] ?? 0) + 1 + random.below(255)) % 256;
    return bytes;
  }),
  "byte put in": onBytes((bytes, at, random) =>
    Buffer.concat([bytes.subarray(0, at), Buffer.from([random.below(256)]), bytes.subarray(at)]),
  ),
  "byte taken out": onBytes((bytes, at) => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)])),
  "line taken out": onLines((lines, at) => lines.toSpliced(at, 1)),
  "line doubled": onLines((lines, at) => lines.toSpliced(at, 0, lines[at] ?? "")),
  "line forged": onLines((lines, at, random) => {
    const line = (lines[at] ?? "").replace(/"(allow|deny|hold)"/, `"${random.pick(["allowed", "denied"])}"`);
    return lines.toSpliced(at, line === lines[at] ? 0 : 1, line.replace(/^\{"seq":\d+/, `{"seq":${at + 1}`));
  }),
  "lines in another order": onLines((lines, at) => {
    if (lines.length < 2) return null;
    const other = (at + 1) % lines.length;
    const [one, two] = [lines[at] ?? "", lines[other] ?? ""];
    return one === two ? null : lines.with(at, two).with(other, one);
  }),
  "line of another segment": (log, random) => {
    const [one, other] = two(log.segments(), random);
    if (other === undefined || one === undefined) return null;
    const lines = log.lines(one);
    const [line] = lines.splice(random.below(lines.length), 1);
    log.writeLines(one, lines);
    log.writeLines(other, log.lines(other).toSpliced(random.below(log.lines(other).length), 0, line ?? ""));
    return `a line of ${one} was put into ${other}`;
  },
  "line put behind the last": (log) => {
    const last = log.segments().at(-1) ?? "";
    const lines = log.lines(last);
    const seq = Number(/"seq":(\d+)/.exec(lines.at(-1) ?? "")?.[1]) + 1;
    log.writeLines(last, [...lines, `{"seq":${seq},"kind":"decision","decision_id":"d_forged"}`]);
    return `a line was put behind the last of ${last}`;
  },
  "segment removed": (log, random) => {
    const segment = random.pick(log.segments());
    log.remove(segment);
    return `${segment} was removed`;
  },
  "segment emptied": (log, random) => {
    const segment = random.pick(log.segments());
    log.write(segment, Buffer.alloc(0));
    return `${segment} was emptied`;
  },
  "segment cut anywhere": onBytes((bytes, at) => bytes.subarray(0, at)),
  "segment cut after a line": onLines((lines, at) => lines.slice(0, at)),
  "begin of a segment cut off": onLines((lines, at) => lines.slice(at + 1)),
  "last line feed cut off": (log, random) => {
    const segment = random.pick(log.segments());
    log.write(segment, log.read(segment).subarray(0, -1));
    return `the last line feed of ${segment} was cut off`;
  },
  "segments exchanged": (log, random) => {
    const [one, other] = two(log.segments(), random);
    if (other === undefined || one === undefined) return null;
    log.swap(one, other);
    return `${one} and ${other} were exchanged`;
  },
};

function onBytes(change: (bytes: Buffer, at: number, random: Random) => Buffer): Mutation {
  return (log, random) => {
    const segment = random.pick(log.segments());
    const bytes = Buffer.from(log.read(segment));
    const at = random.below(bytes.length);
    const changed = change(bytes, at, random);
    if (changed.equals(log.read(segment))) return null;
    log.write(segment, changed);
    return `at byte ${at} of ${segment}`;
  };
}

function onLines(change: (lines: string[], at: number, random: Random) => string[] | null): Mutation {
  return (log, random) => {
    const segment = random.pick(log.segments());
    const lines = log.lines(segment);
    const at = random.below(lines.length);
    const changed = change(lines, at, random);
    if (changed === null) return null;
    log.writeLines(segment, changed);
    return `at line ${at} of ${segment}`;
  };
}

export function two<Item>(items: readonly Item[], random: Random): Item[] {
  const one = random.pick(items);
  const others = items.filter((item) => item !== one);
  return others.length === 0 ? [one] : [one, random.pick(others)];
}
