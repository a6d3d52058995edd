//! What docs/operations tells operators to do, done: upgrades beside running replicas, backups that are
//! restored, keys that are lost.

mod lost_keys;
mod passages;
mod restoring;
mod retention;
mod rolling;
mod versions;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use dancu::config::Config;

/// Runs the program with a configuration, as an operator types it.
fn dancu(config: &Path, words: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dancu"))
        .args(words.split(' '))
        .arg("--config")
        .arg(config)
        .current_dir(config.parent().unwrap())
        .output()
        .unwrap()
}

/// What it says to the person at the terminal, having ended with that code.
fn said(config: &Path, words: &str, code: i32) -> String {
    let output = dancu(config, words);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{words}: {said}");
    said
}

/// A file with that configuration, in a directory of its own.
fn written(config: &Config, name: &str) -> PathBuf {
    let directory = crate::support::scratch(name);
    fs::create_dir_all(&directory).unwrap();
    let file = directory.join("dancu.toml");
    fs::write(&file, config.to_toml()).unwrap();
    file
}

/// The passages of that language in an operators' document.
fn passages(document: &str, language: &str) -> Vec<String> {
    let text = read(document);
    let fence = format!("```{language}\n");
    text.split(&fence)
        .skip(1)
        .map(|rest| rest.split_once("```").unwrap().0.to_owned())
        .collect()
}

/// The first of them below a heading.
fn passage(document: &str, heading: &str, language: &str) -> String {
    let text = read(document);
    let (_, below) = text
        .split_once(&format!("\n{heading}\n"))
        .unwrap_or_else(|| panic!("{document} has no {heading}"));
    let (_, rest) = below.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

fn read(document: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(root.join("docs/operations").join(document)).unwrap()
}
