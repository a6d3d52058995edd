//! What the documents show, as far as a test can hold it to the code.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use dancu::domain::date::PartialDate;
use dancu::domain::fault::FromText;
use dancu::domain::number::PersonalId;
use dancu::synth::Population;

/// Made by a command, so a tree may be without it.
const MADE: &[&str] = &["openapi.json"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The value of `"key": "value"` in a text.
fn member<'t>(text: &'t str, key: &str) -> &'t str {
    let (_, after) = text.split_once(&format!("\"{key}\": \"")).unwrap();
    after.split_once('"').unwrap().0
}

#[test]
fn the_first_example_asks_about_somebody_the_demonstration_has() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let number = PersonalId::from_text(member(&readme, "personal_id")).unwrap();
    // The demonstration's seed and size.
    let population = Population::new(1, 10_000);
    let citizen = population.citizen(population.index_of(number).unwrap());
    assert_eq!(citizen.full_name.as_str(), member(&readme, "full_name"));
    let claimed = PartialDate::from_text(member(&readme, "birth_date")).unwrap();
    assert_eq!(citizen.birth_date.to_string(), claimed.to_string());
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut open = vec![root().join("docs"), root().join("clients")];
    let mut documents: Vec<PathBuf> = [
        "README",
        "ARCHITECTURE",
        "CONTRIBUTING",
        "CHANGELOG",
        "SECURITY",
    ]
    .iter()
    .map(|name| root().join(name).with_extension("md"))
    .collect();
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                documents.push(path);
            }
        }
    }
    let mut broken = Vec::new();
    for document in documents {
        let text = fs::read_to_string(&document).unwrap();
        for link in text.split("](").skip(1) {
            let target = link.split_once(')').unwrap().0;
            let file = target.split_once('#').map_or(target, |(file, _)| file);
            let made = MADE.iter().any(|name| file.ends_with(name));
            let elsewhere = file.is_empty() || file.contains("://") || made;
            if !elsewhere && !document.parent().unwrap().join(file).exists() {
                broken.push(format!("{}: {target}", document.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// The names of the program's own metrics, by every text of its code that is one.
fn metrics_of_the_code() -> BTreeSet<String> {
    /// Roles of the database have such names, too.
    const ROLES: [&str; 7] = [
        "owner", "service", "feed", "audit", "maintain", "seal", "search",
    ];
    let mut open = vec![root().join("src")];
    let mut names = BTreeSet::new();
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let is_code = path.extension().is_some_and(|extension| extension == "rs");
            if !is_code || path.ends_with("tests.rs") {
                continue;
            }
            let code = fs::read_to_string(&path).unwrap();
            if !code.contains("use prometheus::") {
                continue;
            }
            let code = code.split("#[cfg(test)]\nmod tests {").next().unwrap();
            for part in code.split("\"dancu_").skip(1) {
                let name = part.split_once('"').unwrap().0;
                if !ROLES.contains(&name) {
                    names.insert(format!("dancu_{name}"));
                }
            }
        }
    }
    names
}

#[test]
fn the_operators_list_has_every_metric_and_no_other() {
    let list = fs::read_to_string(root().join("docs/operations/metrics.md")).unwrap();
    let mut listed = BTreeSet::new();
    for row in list
        .lines()
        .filter_map(|line| line.strip_prefix("| `dancu_"))
    {
        let name = format!("dancu_{}", row.split_once('`').unwrap().0);
        assert!(!listed.contains(&name), "{name} is there twice");
        listed.insert(name);
    }
    let code = metrics_of_the_code();
    assert!(code.len() > 60, "{}", code.len());
    let missing: Vec<_> = code.difference(&listed).collect();
    let left: Vec<_> = listed.difference(&code).collect();
    assert!(
        missing.is_empty() && left.is_empty(),
        "{missing:?} {left:?}"
    );
}
