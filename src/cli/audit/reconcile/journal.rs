//! An agency's journal as a file: ids one a line, NDJSON, or CSV. Whatever is in it, nothing of it but
//! whole ids is kept, and memory does not grow with it.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::audit::reconcile::Journal;

/// How much of a file is read at a time.
const BUFFER: usize = 64 * 1024;
/// What spreadsheets put in front of UTF-8, and what says that it is UTF-16.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
const UTF16_MARKS: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];
/// Bytes of a line, or of a row of CSV; what is longer holds no id.
const MAX_LINE: usize = 1024 * 1024;
/// The member or column that is read.
const MEMBER: &str = "audit_id";

/// How a journal is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Ids, one a line.
    Ids,
    /// One object a line, with a member `audit_id`.
    Ndjson,
    /// A row of names first, one of them `audit_id`.
    Csv,
}

/// Why a file is no journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Reading it.
    #[error("the journal cannot be read")]
    Read(#[from] io::Error),
    /// As spreadsheets may write it.
    #[error("the journal is UTF-16: save it as UTF-8")]
    Utf16,
    /// Of CSV.
    #[error("the first row of the journal has not one column `audit_id`: is it CSV?")]
    NoColumn,
    /// Of CSV: a quote that is never closed looks like that.
    #[error("row {0} of the journal is longer than 1 MiB: is a quote not closed?")]
    LongRow(u64),
}

/// What a file came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Lines that have no id, as a request has that was not answered.
    pub without_id: u64,
    /// Lines in which what should be an id is none, or that cannot be read at all.
    pub unreadable: u64,
    /// The first of them, counted from 1; of CSV, the row.
    pub first_unreadable: Option<u64>,
    /// SHA-256 of the file.
    #[serde(skip)]
    pub digest: [u8; 32],
}

impl Format {
    /// By the name of a file.
    pub fn of(file: &Path) -> Self {
        let extension = file.extension().map(|it| it.to_ascii_lowercase());
        match extension.as_ref().and_then(|it| it.to_str()) {
            Some("csv") => Self::Csv,
            Some("ndjson" | "jsonl") => Self::Ndjson,
            Some(_) | None => Self::Ids,
        }
    }
}

/// Reads a file.
pub fn read(file: &Path, format: Format) -> Result<(Journal, Summary), JournalError> {
    read_from(File::open(file)?, format)
}

fn read_from(file: impl Read, format: Format) -> Result<(Journal, Summary), JournalError> {
    let hashed = Hashed {
        file,
        context: digest::Context::new(&digest::SHA256),
    };
    let mut file = BufReader::with_capacity(BUFFER, hashed);
    let begins = file.fill_buf()?;
    if UTF16_MARKS.iter().any(|mark| begins.starts_with(mark)) {
        return Err(JournalError::Utf16);
    }
    if begins.starts_with(BYTE_ORDER_MARK) {
        file.consume(BYTE_ORDER_MARK.len());
    }
    let mut reading = Reading::default();
    match format {
        Format::Ids => reading.lines(&mut file, of_line)?,
        Format::Ndjson => reading.lines(&mut file, of_object)?,
        Format::Csv => reading.rows(&mut file)?,
    }
    let mut summary = reading.summary;
    let digest = file.into_inner().context.finish();
    summary.digest.copy_from_slice(digest.as_ref());
    Ok((reading.journal, summary))
}

/// What a line holds.
enum Line {
    Id(Uuid),
    Nothing,
    Unreadable,
}

/// What was read so far.
#[derive(Default)]
struct Reading {
    journal: Journal,
    summary: Summary,
}

impl Reading {
    fn add(&mut self, number: u64, line: &Line) -> io::Result<()> {
        match line {
            Line::Id(id) => self.journal.push(*id)?,
            Line::Nothing => self.summary.without_id += 1,
            Line::Unreadable => {
                self.summary.unreadable += 1;
                self.summary.first_unreadable.get_or_insert(number);
            }
        }
        Ok(())
    }

    fn lines(&mut self, file: &mut impl BufRead, of: fn(&[u8]) -> Line) -> io::Result<()> {
        let mut text = Vec::new();
        let mut number = 0;
        while let Some(is_whole) = next_line(file, &mut text)? {
            number += 1;
            let line = text.trim_ascii();
            if !is_whole {
                self.add(number, &Line::Unreadable)?;
            } else if !line.is_empty() {
                self.add(number, &of(line))?;
            }
        }
        Ok(())
    }

    fn rows(&mut self, file: &mut impl BufRead) -> Result<(), JournalError> {
        let delimiter = delimiter(file.fill_buf()?);
        let read = Rc::new(Cell::new(0));
        let bounded = Bounded {
            file,
            read: Rc::clone(&read),
        };
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .has_headers(false)
            .from_reader(bounded);
        let mut row = csv::ByteRecord::new();
        let mut column = None;
        for number in 1.. {
            match reader.read_byte_record(&mut row) {
                Ok(true) => read.set(0),
                Ok(false) => break,
                Err(_) if read.get() > MAX_LINE => return Err(JournalError::LongRow(number)),
                Err(error) => return Err(io::Error::from(error).into()),
            }
            let Some(column) = column else {
                column = Some(column_of(&row).ok_or(JournalError::NoColumn)?);
                continue;
            };
            let line = match row.get(column).map(<[u8]>::trim_ascii) {
                Some([]) | None => Line::Nothing,
                Some(cell) => of_line(cell),
            };
            self.add(number, &line)?;
        }
        match column {
            Some(_) => Ok(()),
            None => Err(JournalError::NoColumn),
        }
    }
}

/// The one column of that name.
fn column_of(names: &csv::ByteRecord) -> Option<usize> {
    let mut named = names
        .iter()
        .enumerate()
        .filter(|(_, name)| name.trim_ascii().eq_ignore_ascii_case(MEMBER.as_bytes()));
    match (named.next(), named.next()) {
        (Some((column, _)), None) => Some(column),
        _ => None,
    }
}

/// What separates the names of the first row: spreadsheets write a semicolon where the comma stands in
/// numbers.
fn delimiter(begins: &[u8]) -> u8 {
    let end = begins.iter().position(|byte| *byte == b'\n');
    let first = &begins[..end.unwrap_or(begins.len())];
    let count = |of: &u8| first.iter().filter(|byte| *byte == of).count();
    [b'\t', b';', b',']
        .into_iter()
        .max_by_key(count)
        .unwrap_or(b',')
}

/// An id as we write it: with hyphens, in any case.
fn of_line(line: &[u8]) -> Line {
    let id = std::str::from_utf8(line).ok();
    let id = id.filter(|text| text.len() == uuid::fmt::Hyphenated::LENGTH);
    match id.and_then(|text| text.parse::<Uuid>().ok()) {
        Some(id) => Line::Id(id),
        None => Line::Unreadable,
    }
}

fn of_object(line: &[u8]) -> Line {
    #[derive(Deserialize)]
    struct Object {
        audit_id: Option<String>,
    }
    match serde_json::from_slice::<Object>(line) {
        Ok(Object { audit_id: Some(id) }) => of_line(id.as_bytes()),
        Ok(Object { audit_id: None }) => Line::Nothing,
        Err(_) => Line::Unreadable,
    }
}

/// Reads a line without its end; whether all of it is there, for what is too long is passed over.
/// None at the end of the file.
fn next_line(file: &mut impl BufRead, text: &mut Vec<u8>) -> io::Result<Option<bool>> {
    text.clear();
    let (mut is_whole, mut is_any) = (true, false);
    loop {
        let buffer = file.fill_buf()?;
        if buffer.is_empty() {
            return Ok(is_any.then_some(is_whole));
        }
        is_any = true;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let part = &buffer[..end.unwrap_or(buffer.len())];
        if text.len() + part.len() <= MAX_LINE {
            text.extend_from_slice(part);
        } else {
            is_whole = false;
        }
        let taken = part.len() + usize::from(end.is_some());
        file.consume(taken);
        if end.is_some() {
            return Ok(Some(is_whole));
        }
    }
}

/// A file that is hashed as it is read.
struct Hashed<R> {
    file: R,
    context: digest::Context,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.context.update(&buffer[..read]);
        Ok(read)
    }
}

/// Fails where more was read than a row may have since `read` was set back.
struct Bounded<'a, R> {
    file: &'a mut R,
    read: Rc<Cell<usize>>,
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read.get() > MAX_LINE {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let read = self.file.read(buffer)?;
        self.read.set(self.read.get() + read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "01a20054-a083-7a63-8a00-8f08f9054aac";

    fn summary(text: &[u8], format: Format) -> Summary {
        let (_, summary) = read_from(text, format).unwrap();
        Summary {
            digest: [0; 32],
            ..summary
        }
    }

    fn refused(text: &[u8], format: Format) -> String {
        read_from(text, format).unwrap_err().to_string()
    }

    #[test]
    fn lines_without_an_id_and_lines_that_are_none_are_told_apart() {
        let text = format!("\u{feff}{ID}\r\n\n  {}\nnone\n{ID}x", ID.to_uppercase());
        let expected = Summary {
            unreadable: 2,
            first_unreadable: Some(4),
            ..Summary::default()
        };
        assert_eq!(summary(text.as_bytes(), Format::Ids), expected);
        let text =
            format!("{{\"audit_id\":\"{ID}\",\"x\":[1]}}\n{{\"audit_id\":null}}\n{{}}\n[]\n");
        let expected = Summary {
            without_id: 2,
            unreadable: 1,
            first_unreadable: Some(4),
            ..Summary::default()
        };
        assert_eq!(summary(text.as_bytes(), Format::Ndjson), expected);
        let text = format!("\u{feff}at;\"Audit_ID\"\r\nx;{ID}\r\ny;\r\nz\r\n\"a\nb\";no\r\n");
        let expected = Summary {
            without_id: 2,
            unreadable: 1,
            first_unreadable: Some(5),
            ..Summary::default()
        };
        assert_eq!(summary(text.as_bytes(), Format::Csv), expected);
    }

    #[test]
    fn what_is_too_long_or_no_utf_8_is_passed_over_in_bounded_memory() {
        let mut text = vec![b'x'; 3 * MAX_LINE];
        text.extend_from_slice(b"\n\xff\xfe\n");
        text.extend_from_slice(ID.as_bytes());
        let found = summary(&text, Format::Ids);
        assert_eq!((found.unreadable, found.first_unreadable), (2, Some(1)));
        let mut text = b"audit_id\n\"".to_vec();
        text.resize(3 * MAX_LINE, b'x');
        assert!(refused(&text, Format::Csv).contains("a quote not closed"));
        assert!(refused(b"\xff\xfea\0", Format::Ids).contains("UTF-16"));
        for without in ["", "id\n", "audit_id,audit_id\n"] {
            assert!(refused(without.as_bytes(), Format::Csv).contains("audit_id"));
        }
    }

    #[test]
    fn the_format_is_told_by_the_name() {
        for (name, format) in [
            ("a.CSV", Format::Csv),
            ("a.ndjson", Format::Ndjson),
            ("a.jsonl", Format::Ndjson),
            ("a.txt", Format::Ids),
            ("csv", Format::Ids),
        ] {
            assert_eq!(Format::of(Path::new(name)), format, "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_file_makes_it_fail_in_an_unforeseen_way(text in proptest::collection::vec(any::<u8>(), 0..300)) {
            for format in [Format::Ids, Format::Ndjson, Format::Csv] {
                let _ = read_from(&*text, format);
            }
        }
    }
}
