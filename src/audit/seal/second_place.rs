//! The place outside the database that remembers what was signed: a directory, or an object store's
//! mount.
//!
//! `<dir>/<epoch>/latest` is the newest head of an epoch; beside it lies the first head of each hour
//! (`20261125T08`, UTC). A file is written whole under another name, flushed, renamed, and its
//! directory flushed, so that it is never half there. `<dir>/id` says which second place this is: the
//! log keeps the same text, and is sealed with no other. The work blocks, so callers do it on a thread
//! that may wait.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::audit::disk::Disk;
use crate::clock::random;
use crate::tlog::{Checkpoint, Note};

/// The newest head of an epoch.
const LATEST: &str = "latest";
/// Which second place this is.
const ID: &str = "id";
/// How the first head of an hour is called.
const HOUR: &str = "%Y%m%dT%H";
/// A note is no longer than this; more is not read.
const NOTE_LIMIT: u64 = 64 * 1024;

/// The directory.
#[derive(Clone, Debug)]
pub struct SecondPlace {
    directory: PathBuf,
    disk: Disk,
}

/// A note as it lies there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// The epoch.
    pub epoch: u32,
    /// The signed note.
    pub note: String,
    /// Its file.
    pub file: PathBuf,
}

impl Remembered {
    /// The hour whose first head it is, as its file is called: the head was there when it began, or
    /// before it ended. None for the newest head of an epoch.
    pub(crate) fn hour(&self) -> Option<Timestamp> {
        let name = self.file.file_name()?.to_str()?;
        let begun = DateTime::strptime(HOUR, name).ok()?;
        Some(begun.to_zoned(TimeZone::UTC).ok()?.timestamp())
    }
}

impl SecondPlace {
    /// In that directory, which is made with the first note.
    pub fn new(directory: PathBuf) -> Self {
        let disk = Disk::default();
        Self { directory, disk }
    }

    /// Does this on a thread that may wait, within the disk's limit.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let place = self.clone();
        self.disk.run(move || work(&place)).await
    }

    /// The newest head of the newest epoch; none where nothing was ever signed.
    pub fn newest(&self) -> io::Result<Option<Remembered>> {
        let mut epochs = self.epochs()?;
        epochs.sort_unstable();
        for epoch in epochs.into_iter().rev() {
            let file = self.of(epoch).join(LATEST);
            if let Some(note) = read(&file)? {
                return Ok(Some(Remembered { epoch, note, file }));
            }
        }
        Ok(None)
    }

    /// Everything that is remembered, epoch by epoch.
    pub fn all(&self) -> io::Result<Vec<Remembered>> {
        let mut all = Vec::new();
        let mut epochs = self.epochs()?;
        epochs.sort_unstable();
        for epoch in epochs {
            let mut files: Vec<PathBuf> = fs::read_dir(self.of(epoch))?
                .map(|entry| entry.map(|entry| entry.path()))
                .collect::<io::Result<_>>()?;
            files.sort_unstable();
            for file in files {
                let unfinished = file.extension().is_some();
                if let Some(note) = read(&file)?.filter(|_| !unfinished) {
                    all.push(Remembered { epoch, note, file });
                }
            }
        }
        Ok(all)
    }

    /// Which second place this is: its number, then those of the places it replaced, one a line. None
    /// where no log was sealed with it.
    pub fn id(&self) -> io::Result<Option<String>> {
        read(&self.directory.join(ID))
    }

    /// Says which second place this is.
    pub(super) fn identify(&self, id: &str) -> io::Result<()> {
        fs::create_dir_all(&self.directory)?;
        write(&self.directory.join(ID), id)?;
        sync(&self.directory)
    }

    /// Remembers a head, unless a larger one of the epoch is remembered: whoever lost the lease and
    /// does not know it yet takes nothing back. When this returns, it is on disk.
    pub fn remember(&self, epoch: u32, at: Timestamp, note: &str) -> io::Result<()> {
        let directory = self.of(epoch);
        if !directory.is_dir() {
            fs::create_dir_all(&directory)?;
            sync(&self.directory)?;
        }
        let hour = directory.join(at.strftime(HOUR).to_string());
        if !hour.exists() {
            write(&hour, note)?;
        }
        let latest = directory.join(LATEST);
        let unfinished = begin(&latest, note)?;
        let kept = read(&latest)?.and_then(|kept| size(&kept));
        if size(note).is_some_and(|size| kept > Some(size)) {
            return fs::remove_file(unfinished);
        }
        fs::rename(unfinished, latest)?;
        sync(&directory)
    }

    fn of(&self, epoch: u32) -> PathBuf {
        self.directory.join(epoch.to_string())
    }

    /// Numbers of the epochs there are; other names are not ours.
    fn epochs(&self) -> io::Result<Vec<u32>> {
        let entries = match fs::read_dir(&self.directory) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut epochs = Vec::new();
        for entry in entries {
            let name = entry?.file_name();
            if let Some(epoch) = name.to_str().and_then(|name| name.parse().ok()) {
                epochs.push(epoch);
            }
        }
        Ok(epochs)
    }
}

fn read(file: &Path) -> io::Result<Option<String>> {
    let file = match File::open(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let mut note = String::new();
    file.take(NOTE_LIMIT).read_to_string(&mut note)?;
    Ok(Some(note))
}

/// How many leaves a note is about.
fn size(note: &str) -> Option<u64> {
    let note = Note::parse(note).ok()?;
    Some(Checkpoint::parse(note.text()).ok()?.size)
}

/// A new id, of a place that takes over from the one of that id.
pub(super) fn new_id(replaced: Option<&str>) -> String {
    let mut number = [0; 16];
    random(&mut number);
    format!("{}\n{}", hex::encode(number), replaced.unwrap_or_default())
}

fn write(file: &Path, text: &str) -> io::Result<()> {
    fs::rename(begin(file, text)?, file)
}

/// Writes what is to become that file, and says where it lies.
fn begin(file: &Path, text: &str) -> io::Result<PathBuf> {
    // Processes in containers have the same numbers.
    let mut unique = [0; 8];
    random(&mut unique);
    let temporary = file.with_extension(format!("{}.new", hex::encode(unique)));
    let mut unfinished = File::create_new(&temporary)?;
    unfinished.write_all(text.as_bytes())?;
    unfinished.sync_all()?;
    Ok(temporary)
}

fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(name: &str) -> (SecondPlace, PathBuf) {
        let path = std::env::temp_dir().join(format!("dancu-place-{}-{name}", std::process::id()));
        (SecondPlace::new(path.clone()), path)
    }

    #[test]
    fn the_newest_head_of_the_newest_epoch_is_remembered() {
        let (place, path) = place("newest");
        assert_eq!(place.newest().unwrap(), None);
        let at: Timestamp = "2026-11-25T08:59:59Z".parse().unwrap();
        place.remember(1, at, "one\n").unwrap();
        place.remember(1, at, "two\n").unwrap();
        assert_eq!(place.newest().unwrap().unwrap().note, "two\n");
        place.remember(2, at, "three\n").unwrap();
        let newest = place.newest().unwrap().unwrap();
        assert_eq!((newest.epoch, newest.note.as_str()), (2, "three\n"));
        fs::remove_dir_all(path).unwrap();
    }

    #[test]
    fn a_larger_head_is_not_taken_back() {
        let (place, path) = place("larger");
        let note = |size: u64| {
            format!(
                "log/1\n{size}\n{}=\n\n\u{2014} log AAAAAAA=\n",
                "A".repeat(43)
            )
        };
        let at: Timestamp = "2026-11-25T08:00:00Z".parse().unwrap();
        for (given, kept) in [(9, 9), (10, 10), (9, 10), (10, 10)] {
            place.remember(1, at, &note(given)).unwrap();
            assert_eq!(place.newest().unwrap().unwrap().note, note(kept));
        }
        place.remember(2, at, &note(1)).unwrap();
        assert_eq!(
            place.newest().unwrap().unwrap().note,
            note(1),
            "an epoch begins anew"
        );
        assert_eq!(
            fs::read_dir(path.join("1")).unwrap().count(),
            2,
            "nothing is left over"
        );
        fs::remove_dir_all(path).unwrap();
    }

    #[test]
    fn a_place_that_takes_over_names_the_one_before() {
        let (place, path) = place("id");
        assert_eq!(place.id().unwrap(), None);
        let first = new_id(None);
        place.identify(&first).unwrap();
        assert_eq!(place.id().unwrap().as_deref(), Some(first.as_str()));
        let second = new_id(Some(&first));
        assert!(second.ends_with(&first) && second.lines().count() == 2);
        assert_eq!(place.all().unwrap(), []);
        fs::remove_dir_all(path).unwrap();
    }

    #[test]
    fn the_first_head_of_each_hour_stays() {
        let (place, path) = place("hours");
        for (at, note) in [
            ("2026-11-25T08:00:00Z", "a\n"),
            ("2026-11-25T08:30:00Z", "b\n"),
            ("2026-11-25T09:00:00Z", "c\n"),
        ] {
            place.remember(1, at.parse().unwrap(), note).unwrap();
        }
        let notes: Vec<String> = place.all().unwrap().into_iter().map(|it| it.note).collect();
        assert_eq!(notes, ["a\n", "c\n", "c\n"]);
        let hours: Vec<_> = place.all().unwrap().iter().map(|it| it.hour()).collect();
        let begun = |hour: &str| Some(hour.parse::<Timestamp>().unwrap());
        assert_eq!(
            hours,
            [
                begun("2026-11-25T08:00:00Z"),
                begun("2026-11-25T09:00:00Z"),
                None
            ]
        );
        fs::remove_dir_all(path).unwrap();
    }

    #[test]
    fn what_was_not_finished_and_what_is_not_ours_is_passed_over() {
        let (place, path) = place("unfinished");
        place
            .remember(1, "2026-11-25T08:00:00Z".parse().unwrap(), "a\n")
            .unwrap();
        fs::write(path.join("1").join("latest.17.new"), "half").unwrap();
        fs::create_dir(path.join("lost+found")).unwrap();
        assert_eq!(place.all().unwrap().len(), 2);
        assert_eq!(place.newest().unwrap().unwrap().note, "a\n");
        fs::remove_dir_all(path).unwrap();
    }
}
