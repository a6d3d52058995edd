//! From the bytes of a file to parts of changes and rejected lines, in memory that does not grow
//! with the file.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::rc::Rc;

use csv::{ByteRecord, ReaderBuilder, StringRecord};

use super::rejects::{Reasons, Reject};
use super::{CHUNK_BYTES, CHUNK_LINES, Error, Format, MAX_LINE_BYTES};
use crate::domain::change::Change;
use crate::domain::limits::Limits;
use crate::json::{Fault, Malformed};
use crate::register::document::{Header, read_line};

/// How much of a file is read at a time.
const BUFFER: usize = 64 * 1024;
/// What spreadsheets put in front of UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A part of a file.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    pub changes: Vec<Change>,
    pub rejects: Vec<Reject>,
    /// Where the next part begins.
    pub byte_offset: u64,
    /// Lines read so far, those of earlier parts included.
    pub line: u64,
    /// Whether the file ends with it.
    pub is_last: bool,
}

/// Takes the next part, or says that nobody wants it any more.
pub(super) type Send<'a> = &'a mut dyn FnMut(Result<Chunk, Error>) -> ControlFlow<()>;

/// Reads the file from a place where a line begins, `(bytes, lines)` from its start, and sends its
/// parts: the last one is marked as such, or is an error.
pub(super) fn read<R: Read + Seek>(
    file: R,
    format: Format,
    limits: Limits,
    from: (u64, u64),
    send: Send<'_>,
) {
    let done = match format {
        Format::Ndjson => read_ndjson(file, limits, from, send),
        Format::Csv => read_csv(file, limits, from, send),
    };
    if let Err(error) = done {
        // Nobody may be there to hear it.
        let _ = send(Err(error));
    }
}

impl Chunk {
    fn is_full(&self, bytes: u64) -> bool {
        self.changes.len() + self.rejects.len() >= CHUNK_LINES || bytes >= CHUNK_BYTES as u64
    }

    fn add(&mut self, line: u64, read: LineRead, text: impl FnOnce() -> Vec<u8>) {
        let reasons = match read {
            Ok(Ok(change)) => {
                self.changes.push(change);
                return;
            }
            Ok(Err(faults)) => Reasons::Faults(faults),
            Err(Malformed) => {
                Reasons::Unreadable("malformed_json", "the line is not well-formed JSON")
            }
        };
        self.rejects.push(Reject {
            line,
            reasons,
            text: text(),
        });
    }

    fn refuse(&mut self, line: u64, code: &'static str, reason: &'static str, text: Vec<u8>) {
        self.rejects.push(Reject {
            line,
            reasons: Reasons::Unreadable(code, reason),
            text,
        });
    }
}

type LineRead = Result<Result<Change, Vec<Fault>>, Malformed>;

fn read_ndjson<R: Read + Seek>(
    mut file: R,
    limits: Limits,
    (mut offset, mut line): (u64, u64),
    send: Send<'_>,
) -> Result<(), Error> {
    file.seek(SeekFrom::Start(offset))?;
    let mut file = BufReader::with_capacity(BUFFER, file);
    let mut text = Vec::new();
    loop {
        let begins_at = offset;
        let mut chunk = Chunk::default();
        while !chunk.is_full(offset - begins_at) {
            let read = next_line(&mut file, &mut text)?;
            if read == 0 {
                chunk.is_last = true;
                break;
            }
            line += 1;
            let is_first = offset == 0;
            offset += read;
            if read > MAX_LINE_BYTES as u64 {
                chunk.refuse(
                    line,
                    "length",
                    "the line is too long to be a citizen",
                    Vec::new(),
                );
                continue;
            }
            let citizen = if is_first {
                text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&text)
            } else {
                &text
            };
            let citizen = citizen.trim_ascii();
            if !citizen.is_empty() {
                chunk.add(line, read_line(citizen, limits), || citizen.to_vec());
            }
        }
        (chunk.byte_offset, chunk.line) = (offset, line);
        let is_last = chunk.is_last;
        if send(Ok(chunk)).is_break() || is_last {
            return Ok(());
        }
    }
}

/// Reads one line with its end, of which no more than [`MAX_LINE_BYTES`] are kept; returns how many
/// bytes it has, 0 at the end of the file.
fn next_line(file: &mut impl BufRead, text: &mut Vec<u8>) -> io::Result<u64> {
    text.clear();
    let mut read = file
        .by_ref()
        .take(MAX_LINE_BYTES as u64 + 1)
        .read_until(b'\n', text)? as u64;
    while read > MAX_LINE_BYTES as u64 && text.last() != Some(&b'\n') {
        // The rest of an endless line is read over in pieces.
        text.clear();
        let more = file.by_ref().take(BUFFER as u64).read_until(b'\n', text)? as u64;
        if more == 0 {
            break;
        }
        read += more;
    }
    Ok(read)
}

fn read_csv<R: Read + Seek>(
    mut file: R,
    limits: Limits,
    (mut offset, line): (u64, u64),
    send: Send<'_>,
) -> Result<(), Error> {
    file.seek(SeekFrom::Start(0))?;
    let mut rows = Rows::of(file);
    let mut row = ByteRecord::new();
    rows.next(&mut row)?;
    let names = StringRecord::from_byte_record_lossy(std::mem::take(&mut row));
    let header = Header::read(&names)?;
    if offset > 0 {
        let mut place = csv::Position::new();
        place.set_byte(offset).set_line(line);
        rows.reader.seek(place).map_err(io::Error::from)?;
    }
    loop {
        let begins_at = offset;
        let mut chunk = Chunk::default();
        while !chunk.is_full(offset - begins_at) {
            if !rows.next(&mut row)? {
                chunk.is_last = true;
                break;
            }
            offset = rows.reader.position().byte();
            let line = row.position().map_or(0, csv::Position::line);
            if row.len() == 1 && row[0].is_empty() {
                continue;
            }
            match StringRecord::from_byte_record(std::mem::take(&mut row)) {
                Ok(cells) => match header.document(&cells) {
                    Some(document) => {
                        let read = read_line(&document, limits);
                        chunk.add(line, read, || written(cells.as_byte_record()));
                    }
                    None => {
                        let text = written(cells.as_byte_record());
                        chunk.refuse(line, "format", "the row has another number of cells", text);
                    }
                },
                Err(error) => {
                    let text = written(&error.into_byte_record());
                    chunk.refuse(line, "format", "the row is not UTF-8", text);
                }
            }
        }
        let place = rows.reader.position();
        (chunk.byte_offset, chunk.line) = (place.byte(), place.line());
        offset = place.byte();
        let is_last = chunk.is_last;
        if send(Ok(chunk)).is_break() || is_last {
            return Ok(());
        }
    }
}

/// The rows of a CSV file, none of them endless.
struct Rows<R> {
    reader: csv::Reader<Leash<R>>,
    left: Rc<Cell<usize>>,
}

impl<R: Read> Rows<R> {
    fn of(file: R) -> Self {
        let left = Rc::new(Cell::new(0));
        let leash = Leash {
            file,
            left: Rc::clone(&left),
        };
        // Rows of another length are refused one by one, not with the file.
        let mut builder = ReaderBuilder::new();
        // With CRLF as its terminator the reader counts a line when the next row begins.
        let lines = csv::Terminator::Any(b'\n');
        builder
            .flexible(true)
            .has_headers(false)
            .buffer_capacity(BUFFER)
            .terminator(lines);
        Self {
            reader: builder.from_reader(leash),
            left,
        }
    }

    /// Reads the next row; false at the end.
    fn next(&mut self, row: &mut ByteRecord) -> Result<bool, Error> {
        self.left.set(MAX_LINE_BYTES + BUFFER);
        let line = self.reader.position().line();
        let is_row = self.reader.read_byte_record(row).map_err(|error| {
            if self.left.get() == 0 {
                Error::Unclosed { line }
            } else {
                Error::File(error.into())
            }
        })?;
        if let Some(cell) = row
            .iter()
            .next_back()
            .and_then(|cell| cell.strip_suffix(b"\r"))
        {
            let cell = cell.to_vec();
            row.truncate(row.len() - 1);
            row.push_field(&cell);
        }
        Ok(is_row)
    }
}

/// A file of which only so much is read before somebody says that it may go on.
struct Leash<R> {
    file: R,
    left: Rc<Cell<usize>>,
}

impl<R: Read> Read for Leash<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left.get() == 0 {
            return Err(io::Error::other("a record without end"));
        }
        let most = buffer.len().min(self.left.get());
        let read = self.file.read(&mut buffer[..most])?;
        self.left.set(self.left.get() - read);
        Ok(read)
    }
}

impl<R: Seek> Seek for Leash<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// A row as a line of CSV, for whoever mends it.
fn written(row: &ByteRecord) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .flexible(true)
        .from_writer(Vec::new());
    // Writing to memory does not fail, and a reject without its text still has its line.
    let _ = writer.write_byte_record(row);
    let mut text = writer.into_inner().unwrap_or_default();
    text.truncate(text.trim_ascii_end().len());
    text
}
