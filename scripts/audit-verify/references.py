"""What records of a segment refer to: shared members, which are a line of their own before them."""
import base64
import hashlib
import re

LINE = re.compile(rb'\{"seq":[0-9]+,"kind":"shared","digest":"([A-Za-z0-9_-]{43})","members":(\{.*\})\}\n?', re.S)


class References:
    """Of one segment."""

    def __init__(self):
        self.known = set()

    def problem_of(self, line, record):
        """None when everything that the record refers to is there. `line`: its bytes, `record`: the same as an object."""
        if record.get("kind") == "shared":
            match = LINE.fullmatch(line)
            if not match or base64.urlsafe_b64encode(hashlib.sha256(match[2]).digest()).rstrip(b"=") != match[1]:
                return f"the shared members of record {record.get('seq')} are not what their digest says"
            problem = self.missing(record["members"].get("like", []), f"record {record['seq']}")
            self.known.add(record["digest"])
            return problem
        return self.missing(record.get("like", []) if record.get("kind") in ("decision", "outcome") else [], record.get("decision_id"))

    def missing(self, digests, who):
        gone = [digest for digest in digests if digest not in self.known]
        return f"{who} refers to the shared members {gone[0]}, which are not before it in its segment" if gone else None
