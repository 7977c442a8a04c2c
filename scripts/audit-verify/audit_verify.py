#!/usr/bin/env python3
"""Verifies decision logs of Sallyport without any of its code.

python3 audit_verify.py [--live] [--key VKEY]... [--checkpoint FILE]... [--witness VKEY] FOLDER...

Written from docs/evidence.md, RFC 6962, RFC 8032, and C2SP signed-note, tlog-checkpoint, tlog-tiles and tlog-cosignature. Needs
Python 3.9 and nothing else. Prints one line of JSON for each folder; exit code 1 when a log does not hold, 2 when the command is wrong.
Holds 64 bytes a record in memory.
"""
import argparse
import base64
import hashlib
import json
import os
import sys

from notes import checkpoint_of, cosigned, notes_in, parse_vkey, signed
from references import References
from segments import UNREADABLE, OpenSegments, beside, names_in, plain, segments_in
from signatures import p256_holds


def sha(data):
    return hashlib.sha256(data).digest()


def unb64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def receipt_holds(record):
    """A JWS of ES256 (RFC 7515, RFC 7518) against the key in its record."""
    try:
        head, claims, signature = record["jws"].split(".")
        x, y = (int.from_bytes(unb64url(record["key"][c]), "big") for c in "xy")
        holds = p256_holds(x, y, f"{head}.{claims}".encode(), unb64url(signature))
        return holds and json.loads(unb64url(claims))["approval"] == record["approval_id"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return False


def levels_of(leaves):
    """levels[k][i] is the root of the leaves i * 2^k to (i + 1) * 2^k - 1."""
    levels = [leaves]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([sha(b"\1" + below[i] + below[i + 1]) for i in range(0, len(below) - 1, 2)])
    return levels


def root_of(levels, size):
    root = None
    for k in range(size.bit_length()):
        if size >> k & 1:
            left = levels[k][(size >> k) - 1]
            root = left if root is None else sha(b"\1" + left + root)
    return sha(b"") if root is None else root


def tile_path(folder, level, index, width):
    parts = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        parts.insert(0, f"x{index % 1000:03d}")
    return os.path.join(folder, "tile", str(level), *parts) + ("" if width == 256 else f".p/{width}")


def read(path, empty=None):
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return empty


def read_tile(folder, level, index, width):
    raw = read(tile_path(folder, level, index, width))
    if raw is None:
        raw = (read(tile_path(folder, level, index, 256)) or b"")[: width * 32]
    return raw if len(raw) == width * 32 else None


class Log:
    def __init__(self, folder, keys, kept, live, witness):
        self.folder, self.tlog, self.live, self.problems = folder, os.path.join(folder, "tlog"), live, {}
        self.witness = witness
        self.lines = self.pruned = self.uncovered = self.unfinished = self.receipts = self.size = 0
        self.segments = OpenSegments(folder, live)
        try:
            # Before the checkpoint: what retention has removed by then is told in lines that the checkpoint covers.
            self.segments.look()
            root = self.read_leaves(list(keys))
            self.segments.look()
            self.check_lines()
            for problem in beside(folder, live):
                self.bad(problem)
            self.check_tree(root, kept)
        except (ValueError, *UNREADABLE) as failure:
            self.bad(f"{failure}")
        finally:
            self.segments.close()

    def bad(self, problem, kind=None):
        """Of each kind the first is told in words, and how many more there are."""
        first, more = self.problems.get(kind or problem, (problem, -1))
        self.problems[kind or problem] = (first, more + 1)

    def text(self, name):
        return read(os.path.join(self.tlog, name), b"").decode()

    def read_leaves(self, keys):
        """Returns the root of the newest checkpoint."""
        self.trusted = trusted = list(keys)
        links = notes_in(self.text("keys"))
        if not links:
            raise ValueError("tlog/keys has no key")
        for number, (text, signatures) in enumerate(links):
            head, origin, vkey, end = text.split("\n")
            key = parse_vkey(vkey)
            if head != "sallyport.dev/log-key@v1" or end or not signed(text, signatures, trusted + [key]):
                raise ValueError("tlog/keys has another form")
            if (number == 0 and not keys) or signed(text, signatures, trusted or [key]):
                trusted.append(key)
        [newest] = notes_in(self.text("checkpoint") + "\n")
        self.log, self.size, root = checkpoint_of(*newest, trusted)
        leaves = []
        for start in range(0, self.size, 256):
            width = min(256, self.size - start)
            tile = read_tile(self.tlog, 0, start // 256, width)
            if tile is None:
                raise ValueError(f"the tile {tile_path('', 0, start // 256, width)} is not there or not whole")
            leaves += [tile[i : i + 32] for i in range(0, len(tile), 32)]
        self.leaves = leaves
        return root

    def check_tree(self, root, kept):
        trusted, levels, last = self.trusted, levels_of(self.leaves), 0
        for text, signatures in notes_in(self.text("checkpoints")):
            origin, size, hashed = checkpoint_of(text, signatures, trusted)
            if origin != self.log or size < last or (size <= self.size and root_of(levels, size) != hashed):
                self.bad(f"the checkpoint of {size} lines does not follow on that of {last}, or is of another tree")
            last = size
        if last < self.size or root_of(levels, self.size) != root:
            self.bad("tlog/checkpoints does not lead to tlog/checkpoint")
        if self.witness:
            kept = kept + [self.text("cosigned")]
            if not any(cosigned(*note, self.witness) for note in notes_in(kept[-1] + "\n")):
                self.bad("tlog/cosigned has no signature of the witness that holds")
        for text in kept:
            [(body, signatures)] = notes_in(text + "\n")
            origin, size, hashed = checkpoint_of(body, signatures, trusted)
            if origin != self.log or size > self.size or root_of(levels, size) != hashed:
                self.bad(f"the log does not go on from the kept checkpoint of {size} lines")
        for level in range(0, (len(levels) + 7) // 8):
            hashes = levels[8 * level]
            for start in range(0, len(hashes), 256):
                want = b"".join(hashes[start : start + 256])
                path = tile_path(self.tlog, level, start // 256, 256) + ".p"
                parts = names_in(path)
                widths = [int(part) for part in parts if part.isdigit() and int(part) * 32 <= len(want)]
                wrong = [w for w in widths if read(os.path.join(path, str(w)), want[: w * 32]) != want[: w * 32]]
                if wrong or read_tile(self.tlog, level, start // 256, len(want) // 32) != want:
                    self.bad(f"the tile {tile_path('', level, start // 256, 256)} is not what is below it")

    def check_lines(self):
        self.next, self.seq, self.open, self.orphans, self.gaps, self.told = 0, 0, set(), [], [], []
        for name, file, source in self.segments.each():
            self.references = References()
            try:
                with source() as raw, plain(raw) as lines:
                    for number, line in enumerate(lines):
                        self.check_line(name, file, number == 0, line)
            except UNREADABLE as failure:
                self.bad(f"{file} cannot be read to its end: {failure}")
        self.gap(self.size)
        for start, end in self.gaps:
            self.pruned += end - start
            for told_from, told_to in sorted(self.told):
                start = told_to if told_from <= start < told_to else start
            if start < end:
                self.bad(f"lines {start} to {end - 1} are gone, and nothing tells why")
        self.unfinished = len(self.open)
        if self.orphans and not self.pruned:
            self.bad(f"{self.orphans[0]} has an outcome and no decision")
        if self.uncovered and not self.live:
            self.bad(f"{self.uncovered} lines are behind the newest checkpoint")

    def gap(self, leaf):
        if self.next < min(leaf, self.size):
            self.gaps.append((self.next, min(leaf, self.size)))

    def check_line(self, name, file, is_first, line):
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        record = record if isinstance(record, dict) else {}
        if is_first and isinstance(record.get("leaf"), int):
            leaf = record["leaf"]
            if (record.get("segment"), record.get("log")) != (name, self.log) or leaf < self.next <= self.size:
                self.bad(f"{file} does not follow on the segment before it")
            self.gap(leaf)
            self.next = leaf
        leaf, self.next = self.next, self.next + 1
        if leaf >= self.size:
            self.uncovered += 1
            return
        if not line.endswith(b"\n") or sha(b"\0" + line[:-1]) != self.leaves[leaf]:
            return self.bad(f"{file}: line {leaf} of the log is not the one of the tree", (file, "line"))
        self.lines += 1
        broken = self.references.problem_of(line, record)
        if broken:
            self.bad(f"{file}: {broken}", (file, "reference"))
        self.check_record(record, record.get("kind"), record.get("decision_id"), record.get("seq"))

    def check_record(self, record, kind, decision, seq):
        if self.seq and seq != self.seq + 1 and not (kind == "interruption" and seq > self.seq):
            self.bad(f"record {seq} follows on {self.seq}")
        self.seq = seq
        if kind == "decision":
            if decision in self.open:
                self.bad(f"{decision} is decided twice")
            self.open.add(decision)
        elif kind == "outcome":
            if decision not in self.open:
                self.orphans.append(decision)
            self.open.discard(decision)
        elif kind == "pruned" and record["log"] == self.log:
            ranges = record["segments"] + record.get("earlier", [])
            self.told += [(one["from_leaf"], one["to_leaf"]) for one in ranges if "from_leaf" in one]
        elif kind == "receipt":
            self.receipts += 1
            if not receipt_holds(record):
                self.bad(f"the receipt of {record.get('approval_id')} does not hold")

    def report(self):
        names = ("folder", "size", "lines", "pruned", "uncovered", "unfinished", "receipts")
        told = [first + (f", and {more} more" if more else "") for first, more in self.problems.values()]
        stamps = "not looked at" if names_in(os.path.join(self.tlog, "time-stamps")) else "none"
        return {"ok": not told, **{n: getattr(self, n) for n in names}, "time_stamps": stamps, "problems": told[:1000]}


def state_of(folder):
    return segments_in(folder), read(os.path.join(folder, "tlog", "checkpoint"))


def look_at(folder, keys, kept, live, witness):
    """A segment of a log that is written may come and go between two reads: what does not hold then is looked at again."""
    for look in range(10):
        before = state_of(folder)
        report = Log(folder, keys, kept, live, witness).report()
        if report["ok"] or not live or before == state_of(folder):
            break
    return report


def kept_in(name):
    """The text of a checkpoint that was kept elsewhere; a file that cannot be read is no finding about the log."""
    try:
        with open(name, encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as failure:
        print(f"--checkpoint {name} cannot be read: {getattr(failure, 'strerror', None) or failure}.", file=sys.stderr)
        sys.exit(2)


def main():
    parser = argparse.ArgumentParser(description="Verifies decision logs of Sallyport.")
    parser.add_argument("folders", nargs="+", metavar="FOLDER")
    parser.add_argument("--key", action="append", default=[], type=parse_vkey, help="verifier key of the log")
    parser.add_argument("--checkpoint", action="append", default=[], help="file of a checkpoint that was kept elsewhere")
    parser.add_argument("--witness", type=lambda text: parse_vkey(text, 4), help="verifier key of the witness of the log")
    parser.add_argument("--live", action="store_true", help="the log is being written")
    given = parser.parse_args()
    kept = [kept_in(name) for name in given.checkpoint]
    reports = [look_at(folder, given.key, kept, given.live, given.witness) for folder in given.folders]
    for report in reports:
        print(json.dumps(report))
    sys.exit(0 if all(report["ok"] for report in reports) else 1)


main()
