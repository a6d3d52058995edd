// Who asks: a bearer token (RFC 9068) is verified once, and known by all of its characters until it expires.
import { readFileSync } from "node:fs";
import { createLocalJWKSet, jwtVerify } from "jose";

/** The most tokens that are known at once. */
const MOST = 10_000;

const keys = createLocalJWKSet(JSON.parse(readFileSync(process.env.PEER_JWKS, "utf8")));
const expected = {
  issuer: process.env.PEER_ISSUER,
  audience: process.env.PEER_AUDIENCE,
  algorithms: ["ES256"],
  typ: "at+jwt",
  requiredClaims: ["exp", "client_id", "jti"],
};
const known = new Map();

/** The claims of the token in an `Authorization` header; fails with 401 if there are none to believe. */
export async function caller(authorization) {
  if (!authorization?.startsWith("Bearer ")) throw refusal("a bearer token is needed");
  const token = authorization.slice("Bearer ".length);
  const found = known.get(token);
  if (found !== undefined) {
    if (found.exp > Date.now() / 1000) return found;
    known.delete(token);
  }
  const { payload } = await jwtVerify(token, keys, expected).catch((cause) => {
    throw refusal("the token is not valid", cause);
  });
  if (known.size >= MOST) known.delete(known.keys().next().value);
  known.set(token, payload);
  return payload;
}

function refusal(message, cause) {
  return Object.assign(new Error(message, { cause }), { statusCode: 401 });
}
