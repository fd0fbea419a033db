# SPDX-License-Identifier: GPL-3.0-or-later
"""Digest credentials (RFC 7616, RFC 8760): MD5 and SHA-256, with qop=auth."""
import hashlib
import re
import uuid


def fields(challenge):
    """The parameters of a challenge or of credentials, names in lower case; the scheme in front may stand there."""
    return {name.lower(): quoted or plain for name, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', challenge)}


def _hash(algorithm, text):
    return getattr(hashlib, algorithm.lower().replace("-", ""))(text.encode()).hexdigest()


def response(given, method, user, password):
    """The proof for credentials with these fields (realm, nonce, uri, cnonce, nc)."""
    algorithm = given.get("algorithm", "MD5")
    ha1 = _hash(algorithm, f"{user}:{given['realm']}:{password}")
    ha2 = _hash(algorithm, f"{method}:{given['uri']}")
    return _hash(algorithm, f"{ha1}:{given['nonce']}:{given['nc']}:{given['cnonce']}:auth:{ha2}")


def credentials(challenge, method, uri, user, password, count=1):
    """The value of Authorization or Proxy-Authorization that answers a challenge. `count`: how often its nonce was used, this included."""
    asked = fields(challenge)
    given = {"realm": asked["realm"], "nonce": asked["nonce"], "uri": uri, "algorithm": asked.get("algorithm", "MD5"),
             "cnonce": uuid.uuid4().hex[:12], "nc": f"{count:08x}"}
    proof = response(given, method, user, password)
    opaque = f', opaque="{asked["opaque"]}"' if "opaque" in asked else ""
    return (f'Digest username="{user}", realm="{given["realm"]}", nonce="{given["nonce"]}", uri="{uri}", response="{proof}", '
            f'algorithm={given["algorithm"]}, cnonce="{given["cnonce"]}", nc={given["nc"]}, qop=auth{opaque}')


def choose(challenges, algorithm=None):
    """The challenge to answer: the first, or the first for this algorithm."""
    for challenge in challenges:
        if algorithm in (None, fields(challenge).get("algorithm", "MD5")):
            return challenge
    raise LookupError(f"no challenge for {algorithm}: {challenges}")
