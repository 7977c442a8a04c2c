"""What records of a segment refer to: shared members, which are a line of their own before them."""
import base64
import hashlib
import re

LINE = re.compile(
    rb'\{"seq":[0-9]+,"kind":"(?:shared|names)","digest":"([A-Za-z0-9_-]{43})","members":(\{.*\})\}\n?', re.S
)
OWN = re.compile(rb'\{"seq":[0-9]+,"kind":"[a-z]+","decision_id":"[A-Za-z0-9_-]+","like":\[["A-Za-z0-9_,-]+\],"own":\[')
FRAME = ("seq", "kind", "decision_id", "like", "own")
FITS = {
    "json": lambda value: True,
    "time": lambda value: type(value) is int and abs(value) < 10**15,
    "sha256": lambda value: isinstance(value, str) and re.fullmatch("[A-Za-z0-9_-]{43}", value),
}


def places_in(names, depth=16):
    """How each value is written, in their order."""
    if isinstance(names, str) and names in FITS:
        return [names]
    if not isinstance(names, dict) or depth == 0:
        raise ValueError
    return [place for below in names.values() for place in places_in(below, depth - 1)]


class References:
    """Of one segment."""

    def __init__(self):
        self.known, self.places = set(), {}

    def problem_of(self, line, record):
        """None when everything that the record refers to is there. `line`: its bytes, `record`: the same as an object."""
        kind, who = record.get("kind"), record.get("decision_id")
        if kind in ("shared", "names"):
            return self.shared(line, record)
        if kind not in ("decision", "outcome") or "like" not in record:
            return None
        gone = self.missing(record["like"], who)
        if gone:
            return gone
        found = self.places_of(record["like"])
        if len(found) > 1:
            return f"{who} refers to names twice"
        places, own = found[0][1:] if found else None, record.get("own")
        if (places is None) != ("own" not in record) or (places is not None and not self.fit(line, places, own)):
            return f"{who} has values that do not fit what it refers to"
        return None

    def fit(self, line, places, own):
        if not OWN.match(line) or not isinstance(own, list) or len(own) != len(places):
            return False
        return all(FITS[place](value) for place, value in zip(places, own))

    def shared(self, line, record):
        who, match, members = f"record {record.get('seq')}", LINE.fullmatch(line), record.get("members")
        if not match or base64.urlsafe_b64encode(hashlib.sha256(match[2]).digest()).rstrip(b"=") != match[1]:
            return f"the shared members of {who} are not what their digest says"
        digest, like = record["digest"], members.get("like", [])
        self.known.add(digest)
        if (record["kind"] == "names") != ("own" in members):
            return f"the shared members of {who} are of another kind"
        if "own" in members:
            try:
                names = members["own"]
                places = places_in(names)
                if list(names.items())[0] != ("timestamp", "time") or any(name in FRAME for name in names):
                    raise ValueError
            except (ValueError, AttributeError, IndexError):
                return f"the shared members of {who} do not say where values belong"
            self.places[digest] = (digest, *places)
        elif like and not self.missing(like, who):
            found = self.places_of(like)
            if len(found) > 1:
                return f"the shared members of {who} have names twice"
            self.places.update({digest: places for places in found})
        return self.missing(like, who)

    def places_of(self, like):
        """For each of the members of kind names that these are or refer to: its digest, and the places."""
        return sorted({self.places[one] for one in like if one in self.places})

    def missing(self, digests, who):
        gone = [digest for digest in digests if not isinstance(digest, str) or digest not in self.known]
        return f"{who} refers to the shared members {gone[0]}, which are not before it in its segment" if gone else None
