//! One connection: a request goes out, its answer comes in, never two at a time.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};

use super::answer::{Expected, Head, Verdict};

/// Room for most answers; more is made for the others.
const ROOM: usize = 16 * 1024;

/// How long a connection may take to open.
const PATIENCE: Duration = Duration::from_secs(5);

/// A connection and what is under way on it.
#[derive(Debug)]
pub struct Connection {
    /// The socket, which never blocks.
    pub stream: TcpStream,
    /// The request to be sent next.
    pub request: Vec<u8>,
    /// From when its latency counts.
    pub since: Instant,
    /// When it was sent, where somebody wants to know.
    pub sent_at: Instant,
    /// What its answer must be.
    pub expected: Expected,
    sent: usize,
    input: Vec<u8>,
    filled: usize,
    head: Option<Head>,
}

/// What a look at a connection gave.
#[derive(Debug)]
pub enum Progress {
    /// The answer has not come whole.
    Pending,
    /// It has: what it is, and where its parts were.
    Answered(Verdict, Head),
}

impl Connection {
    /// Opens one.
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream,
            request: Vec::new(),
            since: Instant::now(),
            sent_at: Instant::now(),
            expected: Expected::Empty,
            sent: 0,
            input: vec![0; ROOM],
            filled: 0,
            head: None,
        })
    }

    /// Sends what stands in `request`, as far as it goes.
    pub fn send(&mut self) -> io::Result<()> {
        self.sent = 0;
        self.push()
    }

    /// Goes on with whatever is under way.
    pub fn look(&mut self) -> io::Result<Progress> {
        self.push()?;
        loop {
            if self.filled == self.input.len() {
                self.input.resize(self.filled * 2, 0);
            }
            match self.stream.read(&mut self.input[self.filled..]) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    return Ok(Progress::Pending);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            if self.head.is_none() {
                self.head = Head::read(&self.input[..self.filled])?;
            }
            if let Some(head) = self.head
                && self.filled >= head.head + head.body
            {
                return self.answered(head);
            }
        }
    }

    /// Sends what stands in `request` and waits for the answer.
    pub fn ask(&mut self) -> io::Result<(Verdict, Head)> {
        self.send()?;
        loop {
            if let Progress::Answered(verdict, head) = self.look()? {
                return Ok((verdict, head));
            }
            poll(&mut [PollFd::new(&self.stream, PollFlags::IN)], None)?;
        }
    }

    /// The answer that came last, for a message.
    pub fn last_answer(&self) -> String {
        let end = self.input.len().min(600);
        String::from_utf8_lossy(&self.input[..end])
            .trim_end_matches('\0')
            .to_owned()
    }

    /// The bytes of an answer that has just come.
    pub fn bytes(&self, head: Head) -> (&[u8], &[u8]) {
        let (before, after) = self.input.split_at(head.head);
        (before, &after[..head.body])
    }

    fn answered(&mut self, head: Head) -> io::Result<Progress> {
        if self.filled != head.head + head.body {
            return Err(io::Error::other("more came than was asked for"));
        }
        let body = &self.input[head.head..self.filled];
        let verdict = self.expected.judge(head.status, body);
        self.filled = 0;
        self.head = None;
        Ok(Progress::Answered(verdict, head))
    }

    fn push(&mut self) -> io::Result<()> {
        while self.sent < self.request.len() {
            match self.stream.write(&self.request[self.sent..]) {
                Ok(count) => self.sent += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
