//! The walls of the house: which room may name which, and who alone may name a crate.
//!
//! `ARCHITECTURE.md` has the same table in prose. An arrow that is missing here is a decision: add it
//! there too, or draw it the other way.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Rooms under `src/`, each with the rooms it may name.
const ARROWS: &[(&str, &[&str])] = &[
    ("clock", &[]),
    ("config", &[]),
    ("domain", &[]),
    ("json", &["domain"]),
    ("synth", &["domain"]),
    ("files", &[]),
    ("store", &["domain", "files", "telemetry", "tlog", "tls"]),
    ("telemetry", &["clock", "config"]),
    ("tlog", &[]),
    ("tls", &["clock", "config", "files"]),
    ("auth", &["clock", "config", "domain"]),
    ("embedded", &["clock", "store"]),
    ("keys", &["clock", "domain", "files", "store", "tlog"]),
    ("policy", &["clock", "domain", "json", "store"]),
    (
        "register",
        &["clock", "domain", "json", "store", "telemetry"],
    ),
    ("feed", &["clock", "policy", "register", "store"]),
    ("audit", &["clock", "domain", "keys", "store", "tlog"]),
    ("witness", &["keys", "tlog"]),
    (
        "service",
        &[
            "audit",
            "auth",
            "clock",
            "domain",
            "json",
            "keys",
            "policy",
            "register",
            "store",
            "telemetry",
            "tlog",
        ],
    ),
    (
        "http",
        &[
            "auth",
            "clock",
            "config",
            "domain",
            "json",
            "policy",
            "register",
            "service",
            "telemetry",
            "tlog",
            "witness",
        ],
    ),
    (
        "server",
        &[
            "audit",
            "auth",
            "clock",
            "config",
            "domain",
            "feed",
            "http",
            "keys",
            "policy",
            "register",
            "service",
            "store",
            "telemetry",
            "tlog",
            "tls",
            "witness",
        ],
    ),
    (
        "cli",
        &[
            "audit",
            "auth",
            "clock",
            "config",
            "domain",
            "embedded",
            "feed",
            "http",
            "keys",
            "policy",
            "register",
            "server",
            "service",
            "store",
            "synth",
            "telemetry",
            "tlog",
            "witness",
        ],
    ),
    ("lib", &[]),
    ("main", &[]),
];

/// What is named by these rooms only.
const OWNED: &[(&str, &[&str])] = &[
    ("actix_web", &["http", "server"]),
    ("http::StatusCode", &["http"]),
    ("tokio_postgres", &["store", "embedded"]),
    ("deadpool_postgres", &["store"]),
    ("refinery", &["store"]),
    ("moka", &["register"]),
    ("jsonwebtoken", &["auth"]),
    ("rustls", &["tls"]),
    ("rustls_native_certs", &["tls"]),
    ("tokio_postgres_rustls", &["store"]),
    ("utoipa_swagger_ui", &["http"]),
    ("SystemTime", &["clock"]),
    ("Timestamp::now", &["clock"]),
    ("aws_lc_rs::rand", &["clock"]),
    ("clap", &["cli"]),
    ("opentelemetry", &["telemetry"]),
    ("opentelemetry_sdk", &["telemetry"]),
    ("opentelemetry_otlp", &["telemetry"]),
];

/// What pure rooms may not name.
const PURE: &[&str] = &["clock", "domain", "json", "tlog"];
const IMPURE: &[&str] = &[
    "std::fs",
    "std::process",
    "std::env",
    "std::thread",
    "std::net::Tcp",
    "tokio",
    "reqwest",
    "rustix",
];

/// A file of the library without its comments and its tests.
struct Source {
    path: PathBuf,
    room: String,
    code: String,
}

impl Source {
    /// Whether the code names that path: as a whole word, not as a part of another.
    fn names(&self, path: &str) -> bool {
        let part_of_a_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        self.code.match_indices(path).any(|(at, _)| {
            let before = self.code[..at].chars().next_back();
            let after = self.code[at + path.len()..].chars().next();
            // `std::net::Tcp` stands for all names that begin so.
            let begins = path.ends_with("Tcp");
            !part_of_a_word(before) && (begins || !part_of_a_word(after))
        })
    }

    /// The rooms the code names, one at a time or in braces.
    fn rooms(&self) -> BTreeSet<&str> {
        let name = |text: &'_ str| {
            let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
            end.unwrap_or(text.len())
        };
        let named = self.code.split("crate::").skip(1).flat_map(|rest| {
            let group = rest.strip_prefix('{').map_or("", |rest| {
                rest.split_once('}').map_or(rest, |(group, _)| group)
            });
            group.split(',').map(str::trim).chain([rest])
        });
        named
            .map(|text| &text[..name(text)])
            .filter(|room| !room.is_empty())
            .collect()
    }
}

/// Every file of the library but those of tests.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut open = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if path.file_name().unwrap() != "tests" {
                    open.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") && !is_test(&path)
            {
                let inside = path.strip_prefix(&root).unwrap();
                let first = inside.components().next().unwrap().as_os_str();
                let room = first.to_str().unwrap().trim_end_matches(".rs").to_owned();
                let code = code(&fs::read_to_string(&path).unwrap());
                sources.push(Source { path, room, code });
            }
        }
    }
    sources
}

fn is_test(path: &Path) -> bool {
    let stem = path.file_stem().unwrap().to_str().unwrap();
    stem == "tests" || stem == "testing" || stem.ends_with("_tests")
}

/// Without whole-line comments, and without the tests at the end.
fn code(text: &str) -> String {
    let mut code = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line == "#[cfg(test)]" && lines.peek().is_some_and(|next| *next == "mod tests {") {
            break;
        }
        if !line.trim_start().starts_with("//") {
            code.push_str(line);
            code.push('\n');
        }
    }
    code
}

#[test]
fn rooms_name_only_whom_they_may() {
    let mut faults = Vec::new();
    for source in sources() {
        let Some((_, may)) = ARROWS.iter().find(|(room, _)| *room == source.room) else {
            faults.push(format!("{}: a room without arrows", source.path.display()));
            continue;
        };
        for named in source.rooms() {
            // What is not a room is a macro or an item of the crate's root.
            let is_room = ARROWS.iter().any(|(room, _)| *room == named);
            if is_room && named != source.room && !may.contains(&named) {
                faults.push(format!("{}: names {named}", source.path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn crates_are_named_by_their_owners_only() {
    let mut faults = Vec::new();
    for source in sources() {
        for (path, owners) in OWNED {
            if source.names(path) && !owners.contains(&source.room.as_str()) {
                faults.push(format!("{}: names {path}", source.path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn pure_rooms_do_no_io() {
    let mut faults = Vec::new();
    for source in sources() {
        if !PURE.contains(&source.room.as_str()) {
            continue;
        }
        for path in IMPURE {
            if source.names(path) {
                faults.push(format!("{}: names {path}", source.path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_architecture_names_every_room() {
    let map = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md"));
    let map = map.unwrap();
    for (room, _) in ARROWS
        .iter()
        .filter(|(room, _)| !["lib", "main"].contains(room))
    {
        let named = map.contains(&format!("`{room}/`")) || map.contains(&format!("`{room}.rs`"));
        assert!(named, "ARCHITECTURE.md does not name `{room}`");
    }
}

#[test]
fn the_walls_are_seen() {
    let source = Source {
        path: PathBuf::new(),
        room: "domain".into(),
        code: code(
            "//! moka\nuse crate::store::Store;\nuse crate::{audit, feed::Follower};\nuse std::net::TcpStream;\nmokaccino();\n#[cfg(test)]\nmod tests {\nuse moka;\n}\n",
        ),
    };
    assert_eq!(source.rooms(), BTreeSet::from(["audit", "feed", "store"]));
    assert!(source.names("std::net::Tcp") && !source.names("moka"));
    assert!(sources().len() > 100);
}
