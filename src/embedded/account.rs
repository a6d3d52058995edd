//! Whom the server runs as: PostgreSQL refuses to run as root.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use super::Error;

/// A user to drop to, when we are root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Account {
    uid: u32,
    gid: u32,
}

/// Who "nobody" is on systems whose `/etc/passwd` does not say.
const NOBODY: Account = Account {
    uid: 65_534,
    gid: 65_534,
};

impl Account {
    /// The user to drop to for `cluster`, or `None` when we are not root.
    ///
    /// A cluster that exists keeps its owner, so that root can run what a user has made. Otherwise
    /// it is the user `postgres` where there is one, else `nobody`.
    pub fn for_cluster(cluster: &Path) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            return None;
        }
        if let Ok(found) = fs::metadata(cluster)
            && found.uid() != 0
        {
            return Some(Self {
                uid: found.uid(),
                gid: found.gid(),
            });
        }
        let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let named = |name| find(&passwd, name);
        Some(
            named("postgres")
                .or_else(|| named("nobody"))
                .unwrap_or(NOBODY),
        )
    }

    /// Gives a file or directory to this user.
    pub fn own(self, path: &Path) -> Result<(), Error> {
        chown(path, Some(self.uid), Some(self.gid)).map_err(Error::file("give away", path))
    }

    /// Whether this user may pass through `directory` and all its parents.
    ///
    /// Group membership beyond the user's own group is not counted, for it is dropped too.
    pub fn can_enter(self, directory: &Path) -> bool {
        let Ok(directory) = directory.canonicalize() else {
            return false;
        };
        directory.ancestors().all(|ancestor| {
            fs::metadata(ancestor).is_ok_and(|found| {
                let bit = if found.uid() == self.uid {
                    0o100
                } else if found.gid() == self.gid {
                    0o010
                } else {
                    0o001
                };
                found.mode() & bit != 0
            })
        })
    }
}

/// Makes `command` run as that user, without the groups and the working directory of root.
pub(super) fn run_as(account: Option<Account>, command: &mut Command) -> &mut Command {
    if let Some(account) = account {
        // The standard library clears the supplementary groups where root gives itself up.
        command.uid(account.uid).gid(account.gid);
    }
    command.current_dir("/")
}

/// Lets others pass through a directory of ours without reading it.
pub(super) fn open_passage(directory: &Path) -> Result<(), Error> {
    let failed = || Error::file("open a passage through", directory);
    let mode = fs::metadata(directory).map_err(failed())?.mode();
    fs::set_permissions(directory, Permissions::from_mode(mode | 0o001)).map_err(failed())
}

/// The user of that name in the text of an `/etc/passwd`.
fn find(passwd: &str, name: &str) -> Option<Account> {
    let mut fields = passwd
        .lines()
        .map(|line| line.split(':'))
        .find_map(|mut fields| (fields.next() == Some(name)).then_some(fields))?;
    let _password = fields.next()?;
    Some(Account {
        uid: fields.next()?.parse().ok()?,
        gid: fields.next()?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        let passwd = "root:x:0:0::/root:/bin/sh\npostgres2:x:7:8::/:/bin/sh\n\
                      broken\npostgres:x:101:104:PostgreSQL,,,:/var/lib/postgresql:/bin/bash\n";
        let expected = Account { uid: 101, gid: 104 };
        assert_eq!(find(passwd, "postgres"), Some(expected));
        assert_eq!(find(passwd, "nobody"), None);
        assert_eq!(find(passwd, "broken"), None);
    }

    #[test]
    fn a_closed_parent_keeps_other_users_out() {
        let closed = std::env::temp_dir().join(format!("dancu-closed-{}", std::process::id()));
        let inner = closed.join("inner");
        fs::create_dir_all(&inner).unwrap();
        let stranger = Account {
            uid: 4_000_001,
            gid: 4_000_001,
        };
        fs::set_permissions(&closed, Permissions::from_mode(0o700)).unwrap();
        assert!(!stranger.can_enter(&inner));
        open_passage(&closed).unwrap();
        fs::set_permissions(&inner, Permissions::from_mode(0o711)).unwrap();
        let parents_are_open = stranger.can_enter(closed.parent().unwrap());
        assert_eq!(stranger.can_enter(&inner), parents_are_open);
        assert!(!stranger.can_enter(&inner.join("missing")));
        fs::remove_dir_all(&closed).unwrap();
    }
}
