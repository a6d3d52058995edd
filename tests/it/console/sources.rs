//! What can be told from the templates alone.

use std::fs;
use std::path::{Path, PathBuf};

fn templates() -> Vec<(PathBuf, String)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/console");
    let files = fs::read_dir(directory)
        .unwrap()
        .map(|file| file.unwrap().path());
    files
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "html")
        })
        .map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
        .collect()
}

#[test]
fn no_template_has_text_of_its_own_or_lets_markup_through() {
    let templates = templates();
    assert!(templates.len() > 4);
    for (path, text) in templates {
        assert!(!text.contains(" style="), "{}", path.display());
        for (at, _) in text.match_indices("|safe") {
            // Only drawings are written by code, from numbers.
            assert!(text[..at].ends_with("svg"), "{}", path.display());
        }
        // What stands between tags is a word of the table, a value, or a sign.
        let mut rest = text.as_str();
        let mut plain = String::new();
        while let Some(at) = rest.find(['<', '{']) {
            plain.push_str(&rest[..at]);
            let close = match &rest[at..] {
                it if it.starts_with("{{") => "}}",
                it if it.starts_with("{%") => "%}",
                it if it.starts_with('<') => ">",
                _ => "{",
            };
            let end = rest[at..]
                .find(close)
                .map_or(rest.len(), |end| at + end + close.len());
            rest = &rest[end..];
        }
        let letters: Vec<&str> = plain
            .split(|c: char| !c.is_alphabetic())
            .filter(|word| word.chars().count() > 1)
            .filter(|word| !["dancu", "SHA", "CSV", "NDJSON"].contains(word))
            .collect();
        assert_eq!(letters, Vec::<&str>::new(), "{}", path.display());
    }
}
