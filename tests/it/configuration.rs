//! Every key of the configuration, in the code, in the example and in the reference: none of them has one
//! that another lacks, and what the reference calls a default is one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use dancu::config::Config;
use toml::{Table, Value};

use crate::support;

/// A key that nothing has, so that its refusal names those there are.
const SURPRISE: &str = "a_key_that_nothing_has";

#[test]
fn the_example_names_every_key_of_the_code_and_the_reference_has_a_row_of_each() {
    let example = example();
    let mut forgotten = Vec::new();
    for section in sections(&example) {
        let there: BTreeSet<String> = table_at(&example, &section).keys().cloned().collect();
        let known = keys_of_the_code(&example, &section);
        let missing = known.difference(&there);
        forgotten.extend(missing.map(|key| join(&section, key)));
    }
    assert!(forgotten.is_empty(), "not in the example: {forgotten:?}");
    let keys: BTreeSet<String> = leaves(&example).into_keys().collect();
    let rows: BTreeSet<String> = rows().into_keys().collect();
    let without: Vec<_> = keys.difference(&rows).collect();
    assert!(without.is_empty(), "without a row: {without:?}");
    let stray: Vec<_> = rows.difference(&keys).collect();
    assert!(stray.is_empty(), "rows of keys that are not: {stray:?}");
}

#[test]
fn the_defaults_of_the_reference_are_those_of_the_code() {
    let defaults = leaves(&Value::try_from(Config::default()).unwrap());
    let mut wrong = Vec::new();
    for (key, said) in rows() {
        // What a list's items hold has no default, and the reference says none.
        let of_an_item = key.contains("[]");
        let found = defaults.get(&key);
        let right = if of_an_item {
            said.is_empty()
        } else {
            is_said(&key, found, &said)
        };
        if !right {
            wrong.push(format!(
                "{key}: the reference says {said}, the code {found:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_example_is_a_configuration_as_it_stands_and_with_every_key() {
    // Files of addresses stand for the addresses: one of both is given.
    let is_file = |line: &&str| {
        line.split(" = ")
            .next()
            .is_some_and(|key| key.ends_with("url_file"))
    };
    let whole = whole();
    let (files, addresses): (Vec<_>, Vec<_>) = whole.lines().partition(is_file);
    assert!(!files.is_empty());
    for (name, text) in [("as it stands", plain()), ("whole", addresses.join("\n"))] {
        let file = support::scratch(name);
        fs::write(&file, text).unwrap();
        let read = Config::read(&file, true);
        assert!(read.is_ok(), "{name}: {read:?}");
    }
}

/// Passages of other documents are complete files or parts of one, so each is read by itself.
#[test]
fn every_configuration_in_the_documents_can_be_read() {
    let mut count = 0;
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        for passage in text.split("```toml\n").skip(1) {
            let passage = passage.split_once("```").unwrap().0;
            let read = toml::from_str::<Config>(passage);
            assert!(read.is_ok(), "{}: {passage}\n{read:?}", document.display());
            count += 1;
        }
    }
    assert!(count >= 4, "only {count} were found");
}

/// As it stands.
fn plain() -> String {
    read("docs/dancu.example.toml")
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The example with the comment signs taken from the keys that have no default.
fn whole() -> String {
    let is_key = |line: &str| {
        let word = |key: &str| {
            let letter = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
            key.bytes().all(letter)
        };
        line.starts_with("[[") || line.split_once(" = ").is_some_and(|(key, _)| word(key))
    };
    let uncommented = |line: &str| {
        let bare = line.strip_prefix("# ");
        bare.filter(|bare| is_key(bare)).unwrap_or(line).to_owned()
    };
    let lines: Vec<String> = plain().lines().map(uncommented).collect();
    lines.join("\n")
}

fn example() -> Value {
    Value::Table(toml::from_str(&whole()).unwrap())
}

/// The path of every table, from the whole file's, which is empty; a list of tables ends in `[]`.
fn sections(example: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), example)];
    while let Some((path, value)) = open.pop() {
        match value {
            Value::Table(table) => {
                found.push(path.clone());
                open.extend(table.iter().map(|(key, value)| (join(&path, key), value)));
            }
            Value::Array(items) if is_table(items) => {
                open.push((format!("{path}[]"), &items[0]));
            }
            _ => {}
        }
    }
    found
}

/// Every key that is no table, with its value.
fn leaves(whole: &Value) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for section in sections(whole) {
        for (key, value) in table_at(whole, &section) {
            let nested = match value {
                Value::Table(_) => true,
                Value::Array(items) => is_table(items),
                _ => false,
            };
            if !nested {
                found.insert(join(&section, key), value.clone());
            }
        }
    }
    found
}

fn is_table(items: &[Value]) -> bool {
    items.first().is_some_and(Value::is_table)
}

fn join(section: &str, key: &str) -> String {
    if section.is_empty() {
        key.to_owned()
    } else {
        format!("{section}.{key}")
    }
}

fn table_at<'v>(whole: &'v Value, section: &str) -> &'v Table {
    let mut at = whole;
    for part in section.split('.').filter(|part| !part.is_empty()) {
        at = match part.strip_suffix("[]") {
            Some(list) => &at[list][0],
            None => &at[part],
        };
    }
    at.as_table().unwrap()
}

/// The keys that the code knows in a section, as it says itself when it refuses one.
fn keys_of_the_code(example: &Value, section: &str) -> BTreeSet<String> {
    let mut asked = example.clone();
    let mut at = &mut asked;
    for part in section.split('.').filter(|part| !part.is_empty()) {
        at = match part.strip_suffix("[]") {
            Some(list) => &mut at[list][0],
            None => &mut at[part],
        };
    }
    let table = at.as_table_mut().unwrap();
    table.insert(SURPRISE.into(), Value::Boolean(true));
    let refused = asked.try_into::<Config>().unwrap_err().to_string();
    let (_, known) = refused
        .split_once(", expected ")
        .unwrap_or_else(|| panic!("[{section}] refuses no unknown key: {refused}"));
    assert!(refused.contains(SURPRISE), "[{section}]: {refused}");
    let line = known.lines().next().unwrap_or_default();
    line.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// The rows of the reference: a key, and what is said of its default.
fn rows() -> BTreeMap<String, String> {
    let reference = read("docs/configuration.md");
    let mut rows = BTreeMap::new();
    for line in reference.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let ["", key, default, ..] = cells[..] else {
            continue;
        };
        let key = key.strip_prefix('`').and_then(|key| key.strip_suffix('`'));
        if let Some(key) = key {
            let twice = rows.insert(key.to_owned(), default.to_owned());
            assert!(twice.is_none(), "{key} has two rows");
        }
    }
    rows
}

/// Whether that is how the reference says this default.
fn is_said(key: &str, default: Option<&Value>, said: &str) -> bool {
    let bare = said.trim_matches('`');
    match default {
        // Words where there is no value of its own: which key stands in, or what is made.
        None => {
            said == "absent"
                || said == "one a core"
                || bare.starts_with("<data_dir>/") && is_made_there(key, bare)
                || bare != said && stands_in(key, bare)
        }
        Some(Value::Array(items)) if items.is_empty() => said == "none",
        Some(Value::Array(items)) => {
            let first = items.first().and_then(Value::as_str).unwrap_or_default();
            let last = items.last().and_then(Value::as_str).unwrap_or_default();
            said == format!("`{first}` to `{last}`")
        }
        Some(Value::String(text)) => said == format!("`{text}`"),
        Some(Value::Integer(number)) => match said.strip_suffix(" GiB") {
            Some(gib) => gib.parse() == Ok(number >> 30) && number % (1 << 30) == 0,
            None => said == number.to_string(),
        },
        Some(other) => said == other.to_string(),
    }
}

/// A sibling of the key, which stands in for it.
fn stands_in(key: &str, bare: &str) -> bool {
    let section = key.rsplit_once('.').map_or("", |(section, _)| section);
    rows().contains_key(&join(section, bare))
}

fn is_made_there(key: &str, place: &str) -> bool {
    let config = Config {
        data_dir: "<data_dir>".into(),
        ..Config::default()
    };
    let made = match key {
        "audit.kek_file" => config.kek_file(),
        "audit.note_key_file" => config.note_key_file(),
        "audit.second_place" => config.second_place(),
        _ => return false,
    };
    made == Path::new(place)
}

fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = vec![root.join("README.md")];
    for directory in ["docs", "docs/operations"] {
        for entry in fs::read_dir(root.join(directory)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    found
}
