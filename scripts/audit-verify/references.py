"""What records of a segment refer to: shared members, which are a line of their own before them."""
import base64
import hashlib
import json
import re

LINE = re.compile(
    rb'\{"seq":[0-9]+,"kind":"(?:shared|names)","digest":"([A-Za-z0-9_-]{43})","members":(\{.*\})\}\n?', re.S
)
LIKE = re.compile(
    r'\{"seq":[0-9]+,"kind":"[a-z]+","decision_id":"[A-Za-z0-9_-]+"'
    r',"like":\["[A-Za-z0-9_-]{43}"(?:,"[A-Za-z0-9_-]{43}")*\](?=,"|\})'
)
ONLY_LIKE = re.compile(rb'\{"like":\["[A-Za-z0-9_-]{43}"(?:,"[A-Za-z0-9_-]{43}")*\]\}')
FRAME = ("seq", "kind", "decision_id", "like", "own")
# Of the text of a value: an escape is no digest, and 1e3 no time.
FORMS = {"json": re.compile(".*", re.S), "time": re.compile(r"-?[0-9]{1,15}"), "sha256": re.compile('"[A-Za-z0-9_-]{43}"')}
DECODER = json.JSONDecoder()


def list_in(text, start):
    """The texts of the values of a list that is valid JSON, and what stands behind it."""
    texts, at = [], start + 1
    while True:
        while text[at] in " \t\r,":
            at += 1
        if text[at] == "]":
            return texts, text[at + 1 :]
        end = DECODER.raw_decode(text, at)[1]
        texts.append(text[at:end])
        at = end


def places_in(names, depth=16):
    """How each value is written, in their order."""
    if isinstance(names, str) and names in FORMS:
        return [names]
    if not isinstance(names, dict) or depth == 0:
        raise ValueError
    return [place for below in names.values() for place in places_in(below, depth - 1)]


def behind(rest):
    """The members at the end of a line, whose other ones were read."""
    if not rest.startswith((',"', "}")):
        return ("own",)
    return json.loads("{" + rest.removeprefix(","))


class References:
    """Of one segment."""

    def __init__(self):
        self.known, self.places = set(), {}

    def problem_of(self, line, record):
        """None when everything that the record refers to is there. `line`: its bytes, `record`: the same as an object."""
        kind, who = record.get("kind"), record.get("decision_id")
        if kind in ("shared", "names"):
            return self.shared(line, record)
        if not isinstance(who, str) or ("like" not in record and "own" not in record):
            return None
        unfit = f"{who} has values that do not fit what it refers to"
        text = line.decode("utf-8", "surrogatepass")
        match = LIKE.match(text)
        if not match:
            return unfit
        like = json.loads(match[0][match[0].rindex("[") :])
        gone = self.missing(like, who)
        if gone:
            return gone
        found = self.places_of(like)
        if len(found) > 1:
            return f"{who} refers to names twice"
        rest = text[match.end() :]
        fits = self.fit(rest, *found[0][1:]) if found else not {"like", "own"} & set(behind(rest))
        return None if fits else unfit

    def fit(self, rest, taken, places):
        """`rest`: of the line, behind what the record is like; `taken`: names that no other member has."""
        if not rest.startswith(',"own":['):
            return False
        texts, rest = list_in(rest, len(',"own":'))
        if len(texts) != len(places) or not all(FORMS[place].fullmatch(one) for place, one in zip(places, texts)):
            return False
        return not set(taken) & set(behind(rest))

    def shared(self, line, record):
        who, match, members = f"record {record.get('seq')}", LINE.fullmatch(line), record.get("members")
        if not match or base64.urlsafe_b64encode(hashlib.sha256(match[2]).digest()).rstrip(b"=") != match[1]:
            return f"the shared members of {who} are not what their digest says"
        digest, like = record["digest"], members.get("like", [])
        self.known.add(digest)
        if "like" in members and not ONLY_LIKE.fullmatch(match[2]):
            return f"the shared members of {who} refer to others and have more than that"
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
            self.places[digest] = (digest, (*FRAME, *names), tuple(places))
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
