//! All requests of one workload, ready to be copied together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::answer::Expected;
use super::callers::Caller;
use super::dice::Dice;
use super::workload::Workload;

/// All requests of one workload.
#[derive(Debug)]
pub struct Script {
    /// By caller and token: everything before the length of the body.
    heads: Vec<Vec<Vec<u8>>>,
    tails: Arc<[Tail]>,
    order: Order,
}

/// Which request comes next.
#[derive(Clone, Debug)]
pub enum Order {
    /// Any.
    Random,
    /// The one after the last, and none twice before all were sent: shared by all who walk together.
    Walk(Arc<AtomicUsize>),
}

/// The rest of a request.
#[derive(Clone, Debug)]
pub struct Tail {
    caller: usize,
    expected: Expected,
    bytes: Vec<u8>,
}

impl Tail {
    /// A body of that caller's, and what must be answered.
    pub fn new(caller: usize, expected: Expected, body: &Value) -> Self {
        let body = body.to_string();
        Self {
            caller,
            expected,
            bytes: format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes(),
        }
    }

    /// The same, sent to the empty handler.
    pub fn for_nothing(self) -> Self {
        Self {
            expected: Expected::Empty,
            ..self
        }
    }
}

impl Script {
    /// Of a workload.
    pub fn new(workload: Workload, callers: &[Caller], tails: Arc<[Tail]>, order: Order) -> Self {
        let path = workload.path();
        let head = |token: &String| {
            format!(
                "POST {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: dancu-load\r\n\
                 Accept: application/json\r\nAuthorization: Bearer {token}\r\n\
                 Content-Type: application/json\r\n"
            )
            .into_bytes()
        };
        let heads = |caller: &Caller| caller.tokens.iter().map(head).collect();
        Self {
            heads: callers.iter().map(heads).collect(),
            tails,
            order,
        }
    }

    /// Writes the next of them, with any token of its caller; says what must be answered.
    pub fn write(&self, dice: &mut Dice, out: &mut Vec<u8>) -> Expected {
        let at = match &self.order {
            Order::Random => dice.below(self.tails.len()),
            Order::Walk(next) => next.fetch_add(1, Ordering::Relaxed) % self.tails.len(),
        };
        self.write_one(at, dice, out)
    }

    /// The same of one of them.
    pub fn write_one(&self, at: usize, dice: &mut Dice, out: &mut Vec<u8>) -> Expected {
        let tail = &self.tails[at];
        let heads = &self.heads[tail.caller];
        out.clear();
        out.extend_from_slice(&heads[dice.below(heads.len())]);
        out.extend_from_slice(&tail.bytes);
        tail.expected.clone()
    }
}
