//! The answers that come in: as much of HTTP/1.1 as the service speaks, and whether one is right.

use std::io;
use std::sync::Arc;

/// The end of a head.
const END: &[u8] = b"\r\n\r\n";
/// What stands before a status.
const VERSION: &[u8] = b"HTTP/1.1 ";

/// Where an answer is in what was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The status.
    pub status: u16,
    /// Bytes before the body.
    pub head: usize,
    /// Bytes of the body.
    pub body: usize,
}

impl Head {
    /// Reads a head; nothing while its end has not come.
    pub fn read(received: &[u8]) -> io::Result<Option<Self>> {
        let Some(end) = received.windows(END.len()).position(|four| four == END) else {
            return Ok(None);
        };
        let strange = || io::Error::other("an answer is no HTTP/1.1 with a length");
        let status = received
            .strip_prefix(VERSION)
            .and_then(|rest| number(rest.get(..3)?))
            .and_then(|status| u16::try_from(status).ok())
            .ok_or_else(strange)?;
        let body = received[..end]
            .split(|byte| *byte == b'\n')
            .find_map(length)
            .ok_or_else(strange)?;
        Ok(Some(Self {
            status,
            head: end + END.len(),
            body,
        }))
    }
}

/// The value of a line that is `Content-Length`.
fn length(line: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"content-length:";
    let (name, value) = line.split_at_checked(NAME.len())?;
    name.eq_ignore_ascii_case(NAME)
        .then(|| number(value.trim_ascii()))?
}

fn number(digits: &[u8]) -> Option<usize> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// What the answer to one request must be.
#[derive(Clone, Debug)]
pub enum Expected {
    /// The empty handler's.
    Empty,
    /// `match`.
    Match,
    /// `no_match`.
    NoMatch,
    /// A batch's: so many of either.
    Batch {
        /// `match`.
        matches: usize,
        /// `no_match`.
        others: usize,
    },
    /// A peer's, which begins so.
    Begins(Arc<[u8]>),
}

/// What an answer is, beside what it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is what it must be.
    Right,
    /// The service has too much to do, and said so.
    Refused,
    /// It is anything else.
    Wrong,
}

impl Expected {
    /// Holds an answer against it.
    pub fn judge(&self, status: u16, body: &[u8]) -> Verdict {
        let right = match self {
            Self::Empty => body == crate::service::EMPTY_ANSWER,
            Self::Match => body.starts_with(br#"{"result":"match","#),
            Self::NoMatch => body.starts_with(br#"{"result":"no_match","#),
            Self::Batch { matches, others } => {
                count(body, br#""result":"match""#) == *matches
                    && count(body, br#""result":"no_match""#) == *others
            }
            Self::Begins(beginning) => body.starts_with(beginning),
        };
        match status {
            200 if right => Verdict::Right,
            503 => Verdict::Refused,
            _ => Verdict::Wrong,
        }
    }
}

fn count(text: &[u8], part: &[u8]) -> usize {
    text.windows(part.len())
        .filter(|here| *here == part)
        .count()
}
