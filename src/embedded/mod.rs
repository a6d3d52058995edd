//! A PostgreSQL of our own as a child process, for the demo, for small installations and for tests.
