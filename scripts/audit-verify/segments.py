"""The files that the lines of a log are in."""
import gzip
import hashlib
import io
import os
import re
import subprocess
import zlib
from functools import partial

# What reading a file may end with.
UNREADABLE = (OSError, EOFError, zlib.error, subprocess.CalledProcessError)


def names_in(path):
    try:
        return sorted(os.listdir(path))
    except (FileNotFoundError, NotADirectoryError):
        return []


def files_of_segments(folder):
    """Of each segment, by its number: its name, the file that counts, and those beside it, which nobody reads."""
    found = {}
    for file in names_in(folder):
        match = re.fullmatch(r"(decisions-([0-9]{6,})\.jsonl)(?:[.-][0-9]{1,10})*(?:\.(?:gz|zst))?", file)
        if match:
            found.setdefault(int(match[2]), [match[1]]).append(file)
    return [found[number] for number in sorted(found)]


def segments_in(folder):
    return [(name, file) for name, file, *_ in files_of_segments(folder)]


def digest_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as source, plain(source) as lines:
        for block in iter(lambda: lines.read(1 << 20), b""):
            digest.update(block)
    return digest.digest()


def beside(folder, live):
    """What is to be said of files beside those that count. While a segment is compressed both files are there, with the same lines."""
    for name, file, *others in files_of_segments(folder):
        for other in others:
            try:
                same = digest_of(os.path.join(folder, other)) == digest_of(os.path.join(folder, file))
                lines = "the same lines" if same else "other lines"
            except FileNotFoundError:
                continue
            except UNREADABLE as failure:
                same, lines = False, f"lines that cannot be compared: {failure}"
            if not (live and same):
                yield f"{other} is not read, since {file} is the segment; it has {lines}"


def plain(source):
    """The lines of an open segment."""
    if source.name.endswith(".gz"):
        return gzip.GzipFile(fileobj=source)
    if source.name.endswith(".zst"):
        return io.BytesIO(subprocess.run(["zstd", "-dcq"], stdin=source, check=True, capture_output=True).stdout)
    return source


def raised(failure):
    raise failure


class OpenSegments:
    """Of a log that is being written, the oldest segments are kept open: those that retention removes meanwhile can still be read."""

    MOST = 100

    def __init__(self, folder, live):
        self.folder, self.most, self.files, self.kept = folder, self.MOST if live else 0, {}, {}

    def look(self):
        """Notes those that have come since the last look."""
        for name, file in segments_in(self.folder):
            if name in self.files:
                continue
            if len(self.kept) == self.most:
                self.files[name] = file
                continue
            source = self.opened(name, file)
            if source:
                self.files[name], self.kept[name] = file, source

    def opened(self, name, file):
        """None when it is gone; it may also have been compressed or renamed since the folder was listed."""
        for path in (file, dict(segments_in(self.folder)).get(name)):
            try:
                return path and open(os.path.join(self.folder, path), "rb")
            except FileNotFoundError:
                continue
        return None

    def each(self):
        """Name, file and what opens it, from the oldest on."""
        for name in sorted(self.files, key=lambda one: int(re.search("[0-9]+", one)[0])):
            try:
                source = self.kept.pop(name, None) or self.opened(name, self.files[name])
            except OSError as failure:
                yield name, self.files[name], partial(raised, failure)
                continue
            if source:
                yield name, os.path.basename(source.name), lambda source=source: source

    def close(self):
        for source in self.kept.values():
            source.close()
