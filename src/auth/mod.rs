//! From a bearer token to a `VerifiedToken`: key sets, their rotation, and the access-token profile.
