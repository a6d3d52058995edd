//! HTTP as it goes over the wire, for what a client library refuses to send.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One connection, on which anything may be sent.
pub struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

/// An answer as it came.
#[derive(Debug)]
pub struct RawAnswer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            read: Vec::new(),
        }
    }

    /// Sends bytes; a peer that has closed already is no failure of the test.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _closed = self.stream.write_all(bytes.as_ref()).await;
    }

    /// Sends no more, and still reads.
    pub async fn finish(&mut self) {
        let _closed = self.stream.shutdown().await;
    }

    /// The next answer with its body.
    pub async fn answer(&mut self) -> Option<RawAnswer> {
        self.answer_to(true).await
    }

    /// The next answer, which has a body only where the request was no `HEAD`. Nothing where the
    /// connection is closed without one.
    pub async fn answer_to(&mut self, has_body: bool) -> Option<RawAnswer> {
        let end = loop {
            if let Some(at) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                break at;
            }
            if !self.more().await {
                assert!(self.read.is_empty(), "half a head came");
                return None;
            }
        };
        let head = String::from_utf8(self.read.drain(..end + 4).collect()).unwrap();
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().unwrap();
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let mut answer = RawAnswer {
            status,
            headers,
            body: Vec::new(),
        };
        if has_body && answer.header("transfer-encoding") == Some("chunked") {
            answer.body = self.chunks().await;
            return Some(answer);
        }
        let length = answer
            .header("content-length")
            .and_then(|it| it.parse().ok())
            .unwrap_or(0);
        let length = if has_body && status != 100 { length } else { 0 };
        while self.read.len() < length {
            assert!(self.more().await, "half a body came");
        }
        answer.body = self.read.drain(..length).collect();
        Some(answer)
    }

    /// A body that came in chunks (RFC 9112 section 7.1), without trailers.
    async fn chunks(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let end = loop {
                if let Some(at) = self.read.windows(2).position(|two| two == b"\r\n") {
                    break at;
                }
                assert!(self.more().await, "half a chunk came");
            };
            let size: Vec<u8> = self.read.drain(..end + 2).take(end).collect();
            let size = usize::from_str_radix(std::str::from_utf8(&size).unwrap(), 16).unwrap();
            while self.read.len() < size + 2 {
                assert!(self.more().await, "half a chunk came");
            }
            body.extend(self.read.drain(..size + 2).take(size));
            if size == 0 {
                return body;
            }
        }
    }

    /// Whether the other side closes without another word.
    pub async fn is_closed(&mut self) -> bool {
        while self.more().await {}
        self.read.is_empty()
    }

    async fn more(&mut self) -> bool {
        // A reset is an end too: the other side closed with something of ours unread.
        self.stream
            .read_buf(&mut self.read)
            .await
            .is_ok_and(|count| count > 0)
    }
}

impl RawAnswer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(one, _)| one == name);
        values.next().map(|(_, value)| &**value)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The problem's code; empty where it is none.
    pub fn code(&self) -> String {
        let body = serde_json::from_slice::<Value>(&self.body).unwrap_or_default();
        body["code"].as_str().unwrap_or_default().to_owned()
    }

    /// `pointer code` of each fault, in order.
    pub fn faults(&self) -> Vec<String> {
        let body = serde_json::from_slice::<Value>(&self.body).unwrap_or_default();
        let faults = body["errors"].as_array().cloned().unwrap_or_default();
        faults
            .iter()
            .map(|fault| {
                format!(
                    "{} {}",
                    fault["pointer"].as_str().unwrap_or("?"),
                    fault["code"].as_str().unwrap_or("?")
                )
            })
            .collect()
    }
}
