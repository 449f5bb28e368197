"""Ed25519 signing after RFC 8032, section 5.1, in Python integers.

Slow (some milliseconds a signature) and not constant in time: good enough to answer a broker's
nonce once at each connect from a machine of one's own, and for nothing else.
"""
import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def _add(p, q):
    """Extended homogeneous coordinates (X, Y, Z, T), RFC 8032 5.1.4."""
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _times(n, point):
    out = (0, 1, 1, 0)
    while n > 0:
        if n & 1:
            out = _add(out, point)
        point = _add(point, point)
        n >>= 1
    return out


def _base():
    y = 4 * pow(5, P - 2, P) % P
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P != 0:
        x = x * pow(2, (P - 1) // 4, P) % P
    if x & 1:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = _base()


def _packed(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | ((x & 1) << 255)).to_bytes(32, "little")


def _number(data):
    return int.from_bytes(data, "little")


def _secret(seed):
    digest = hashlib.sha512(seed).digest()
    scalar = _number(digest[:32])
    scalar &= (1 << 254) - 8
    scalar |= 1 << 254
    return scalar, digest[32:]


def public_key(seed):
    """32 bytes of public key for 32 bytes of seed."""
    return _packed(_times(_secret(seed)[0], BASE))


def sign(seed, message):
    """64 bytes of signature."""
    scalar, prefix = _secret(seed)
    key = _packed(_times(scalar, BASE))
    r = _number(hashlib.sha512(prefix + message).digest()) % L
    point = _packed(_times(r, BASE))
    h = _number(hashlib.sha512(point + key + message).digest()) % L
    return point + ((r + h * scalar) % L).to_bytes(32, "little")
