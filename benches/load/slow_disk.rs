//! A slow disk: a directory that passes for PostgreSQL's programs, whose server has a small library
//! preloaded that rests after each flush. Nobody else's flushes are slower.

use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Failure;
use super::child::Started;
use super::options::Options;

/// What is preloaded.
const SOURCE: &str = include_str!("slow_fsync.c");
/// What becomes of it.
const LIBRARY: &str = "slow_fsync.so";
/// The C compilers that are tried.
const COMPILERS: [&str; 3] = ["cc", "gcc", "clang"];
/// Readable by whomever the server runs as.
const OPEN: u32 = 0o755;

/// The directory of programs, where it was made.
pub fn in_place(data_dir: &Path) -> Option<PathBuf> {
    let directory = place(data_dir)?;
    directory.join("postgres").exists().then_some(directory)
}

/// Makes it, for the programs in `binaries`.
pub fn make(data_dir: &Path, binaries: &Path, ms: u16) -> Result<PathBuf, Failure> {
    let directory = place(data_dir).ok_or("there is no cluster")?;
    fs::create_dir_all(&directory)?;
    let library = directory.join(LIBRARY);
    compile(&library)?;
    let server = directory.join("postgres");
    let script = format!(
        "#!/bin/sh\nDANCU_SLOW_FSYNC_MS={ms} LD_PRELOAD='{}' exec '{}' \"$@\"\n",
        library.display(),
        binaries.join("postgres").display()
    );
    fs::write(&server, script)?;
    for path in [&directory, &library, &server] {
        fs::set_permissions(path, Permissions::from_mode(OPEN))?;
    }
    Ok(directory)
}

/// Whether the server has it, where it should: a library that cannot be preloaded is passed over.
pub fn check(options: &Options, started: &Started) -> Result<(), Failure> {
    if options.fsync_ms.is_none() {
        return Ok(());
    }
    let maps = fs::read_to_string(format!("/proc/{}/maps", started.postmaster))?;
    if maps.contains(LIBRARY) {
        Ok(())
    } else {
        Err("the database's disk could not be made slower".into())
    }
}

/// Removes what an earlier run left.
pub fn remove(data_dir: &Path) -> Result<(), Failure> {
    match place(data_dir) {
        Some(directory) if directory.exists() => Ok(fs::remove_dir_all(directory)?),
        Some(_) | None => Ok(()),
    }
}

/// Beside the cluster, wherever that lies: where the server's user can go.
fn place(data_dir: &Path) -> Option<PathBuf> {
    let cluster = data_dir.join("cluster").canonicalize().ok()?;
    Some(cluster.with_file_name("slow"))
}

fn compile(library: &Path) -> Result<(), Failure> {
    for compiler in COMPILERS {
        let begun = Command::new(compiler)
            .args(["-O2", "-shared", "-fPIC", "-x", "c", "-", "-o"])
            .arg(library)
            .arg("-ldl")
            .stdin(Stdio::piped())
            .spawn();
        let Ok(mut process) = begun else {
            continue;
        };
        if let Some(mut input) = process.stdin.take() {
            input.write_all(SOURCE.as_bytes())?;
        }
        return match process.wait()?.success() {
            true => Ok(()),
            false => Err(format!("{compiler} did not compile the slow disk").into()),
        };
    }
    Err("there is no C compiler to make a slow disk with".into())
}
