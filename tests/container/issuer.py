"""An issuer of access tokens (RFC 9068, Ed25519), whose key openssl makes for the time of a test."""

import base64
import json
import secrets
import subprocess
import time

NAME, AUDIENCE = "https://issuer.example", "https://dancu.example"


def encoded(data):
    text = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


class Issuer:
    """Signs tokens, and shows its public key."""

    def __init__(self, place):
        place.mkdir(mode=0o700)
        self.key = place / "key.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.key], check=True)

    def jwks(self):
        public = subprocess.check_output(
            ["openssl", "pkey", "-in", self.key, "-pubout", "-outform", "DER"])
        # The last 32 bytes of the structure are the key (RFC 8410).
        key = {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "1",
               "x": encoded(public[-32:])}
        return json.dumps({"keys": [key]})

    @staticmethod
    def section(jwks):
        return (f'[auth]\nbootstrap_client = "admin-cli"\n[[auth.issuers]]\nissuer = "{NAME}"\n'
                f'audience = "{AUDIENCE}"\nalgorithms = ["EdDSA"]\njwks = "file://{jwks}"\n')

    def token(self, client, scope):
        now = int(time.time())
        head = {"typ": "at+jwt", "alg": "EdDSA", "kid": "1"}
        claims = {"iss": NAME, "aud": AUDIENCE, "sub": client, "client_id": client, "scope": scope,
                  "jti": secrets.token_hex(8), "iat": now, "exp": now + 600}
        signed = f"{encoded(head)}.{encoded(claims)}"
        message = self.key.with_name("message")
        message.write_text(signed)
        signature = subprocess.check_output(
            ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.key, "-in", message])
        return f"{signed}.{encoded(signature)}"
