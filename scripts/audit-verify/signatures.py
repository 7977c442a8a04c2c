"""Ed25519 (RFC 8032) and ECDSA with P-256 (FIPS 186-5): verification alone, in plain Python.

With the package `cryptography` Ed25519 takes less time.
"""
import hashlib

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    Ed25519PublicKey = None


# Ed25519 (RFC 8032 §5.1), points as extended coordinates (§5.1.4).
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
BASE_Y = 4 * pow(5, -1, P) % P


def ed_x(y, sign):
    x2 = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - x2) % P or (x == 0 and sign):
        raise ValueError("no point of the curve")
    return P - x if x & 1 != sign else x


def ed_point(raw):
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    x = ed_x(y, sign)
    return x, y, 1, x * y % P


def ed_add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def ed_times(scalar, point):
    found = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            found = ed_add(found, point)
        point, scalar = ed_add(point, point), scalar >> 1
    return found


BASE = (ed_x(BASE_Y, 0), BASE_Y, 1, ed_x(BASE_Y, 0) * BASE_Y % P)


def ed25519_holds(key, message, signature):
    if Ed25519PublicKey:
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
            return True
        except (InvalidSignature, ValueError):
            return False
    try:
        a, r, s = ed_point(key), ed_point(signature[:32]), int.from_bytes(signature[32:], "little")
    except ValueError:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    p, q = ed_times(s, BASE), ed_add(r, ed_times(k, a))
    return len(signature) == 64 and s < L and (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


# ECDSA with P-256 (FIPS 186-5 §6.4), for receipts of approvals.
Q, N = 2**256 - 2**224 + 2**192 + 2**96 - 1, 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296, 0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)


def ec_add(p, q):
    if p is None or q is None:
        return p or q
    if p[0] == q[0] and (p[1] + q[1]) % Q == 0:
        return None
    slope = (3 * p[0] ** 2 - 3) * pow(2 * p[1], -1, Q) if p == q else (q[1] - p[1]) * pow(q[0] - p[0], -1, Q)
    x = (slope * slope - p[0] - q[0]) % Q
    return x, (slope * (p[0] - x) - p[1]) % Q


def ec_times(scalar, point):
    found = None
    while scalar:
        if scalar & 1:
            found = ec_add(found, point)
        point, scalar = ec_add(point, point), scalar >> 1
    return found


def p256_holds(x, y, message, raw):
    """A signature r || s over SHA-256 of the message (RFC 7518 §3.4)."""
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    on_curve = (y * y - x**3 + 3 * x - G[1] ** 2 + G[0] ** 3 - 3 * G[0]) % Q == 0
    if len(raw) != 64 or not (0 < r < N and 0 < s < N) or not on_curve:
        return False
    e, w = int.from_bytes(hashlib.sha256(message).digest(), "big"), pow(s, -1, N)
    point = ec_add(ec_times(e * w % N, G), ec_times(r * w % N, (x, y)))
    return point is not None and point[0] % N == r
