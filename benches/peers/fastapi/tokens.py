"""Who asks: a bearer token (RFC 9068) is verified once, and known by all of its characters until it expires."""

import json
import os
import time
from pathlib import Path
from typing import Annotated, Any

import jwt
from fastapi import Header, HTTPException

# The most tokens that are known at once.
MOST = 10_000

Claims = dict[str, Any]

_keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict(json.loads(Path(os.environ["PEER_JWKS"]).read_text())).keys}
_known: dict[str, Claims] = {}


async def caller(authorization: Annotated[str, Header()] = "") -> Claims:
    """The claims of the request's token; 401 if there are none to believe."""
    scheme, _, token = authorization.partition(" ")
    if scheme != "Bearer":
        raise HTTPException(401, "a bearer token is needed")
    claims = _known.get(token)
    if claims is not None:
        if claims["exp"] > time.time():
            return claims
        del _known[token]
    try:
        claims = _verify(token)
    except jwt.InvalidTokenError:
        raise HTTPException(401, "the token is not valid") from None
    if len(_known) >= MOST:
        del _known[next(iter(_known))]
    _known[token] = claims
    return claims


def _verify(token: str) -> Claims:
    header = jwt.get_unverified_header(token)
    key = _keys.get(header.get("kid"))
    if key is None or header.get("typ") != "at+jwt":
        raise jwt.InvalidTokenError
    return jwt.decode(
        token,
        key,
        algorithms=["ES256"],
        audience=os.environ["PEER_AUDIENCE"],
        issuer=os.environ["PEER_ISSUER"],
        options={"require": ["exp", "client_id", "jti"]},
    )
