"""Signed notes: C2SP signed-note, tlog-checkpoint and tlog-cosignature."""
import base64
import hashlib
import re

from signatures import ed25519_holds


def parse_vkey(text, kind=1):
    name, key_id, raw = text.split("+", 2)
    typed = base64.b64decode(raw, validate=True)
    if len(typed) != 33 or typed[0] != kind or hashlib.sha256(name.encode() + b"\n" + typed).digest()[:4].hex() != key_id:
        raise ValueError(f"{text} is no verifier key of this kind")
    return name, bytes.fromhex(key_id), typed[1:]


def signed(text, signatures, keys):
    """Whether a trusted key signs the text, and none of them wrongly."""
    found = False
    for line in signatures.split("\n"):
        dash, name, raw = line.split(" ")
        signature = base64.b64decode(raw, validate=True)
        if dash != "—" or len(signature) < 5 or base64.b64encode(signature).decode() != raw:
            return False
        for key_name, key_id, key in keys:
            if key_name == name and key_id == signature[:4]:
                if not ed25519_holds(key, text.encode(), signature[4:]):
                    return False
                found = True
    return found


def cosigned(text, signatures, witness):
    """Whether the witness has signed the text with a time."""
    for line in signatures.split("\n"):
        raw = base64.b64decode(line.split(" ")[2])
        if (line.split(" ")[1], raw[:4]) == witness[:2]:
            time = int.from_bytes(raw[4:12], "big")
            return ed25519_holds(witness[2], f"cosignature/v1\ntime {time}\n{text}".encode(), raw[12:])
    return False


def checkpoint_of(text, signatures, keys):
    found = re.fullmatch(r"([^\n]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n", text)
    if not found or not signed(text, signatures, keys) or base64.b64encode(base64.b64decode(found[3])).decode() != found[3]:
        raise ValueError("no checkpoint, or no trusted key signs it")
    return found[1], int(found[2]), base64.b64decode(found[3])


def notes_in(text):
    """Notes (text, signatures) of a file in which an empty line follows on each."""
    parts = text.split("\n\n")
    if len(parts) % 2 == 0 or parts[-1] != "":
        raise ValueError("has another form")
    return [(parts[i] + "\n", parts[i + 1]) for i in range(0, len(parts) - 1, 2)]
