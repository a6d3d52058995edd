//! Where the reader stands in the document, and what it found wrong so far.

use std::fmt::Write;

use crate::domain::fault::{FaultCode, Reason};
use crate::domain::limits::Limits;

/// The most faults one document is answered with: enough to mend it, not enough to be a weapon.
pub const MAX_FAULTS: usize = 100;

/// The longest name of an unknown member that is repeated to the caller.
const MAX_NAME: usize = 40;

/// One fault and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Its JSON pointer (RFC 6901).
    pub pointer: String,
    /// Its code.
    pub code: FaultCode,
    /// What to put right; never the submitted value.
    pub reason: &'static str,
}

/// The reader's place, its findings, and the limits it reads under.
#[derive(Debug, Default)]
pub struct Context {
    limits: Limits,
    path: Vec<Segment>,
    faults: Vec<Fault>,
    dispensable: Vec<Fault>,
}

/// How many faults there were at some time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark(usize);

#[derive(Debug)]
enum Segment {
    Member(&'static str),
    Named(Box<str>),
    Index(usize),
}

impl Context {
    /// The beginning of a document that is read under those limits.
    pub(super) fn within(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// The limits that are configured.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Goes below a member.
    pub fn enter(&mut self, member: &'static str) {
        self.path.push(Segment::Member(member));
    }

    /// Goes below a member whose name the caller chose and that was checked: it may stand in a
    /// pointer as it is.
    pub fn enter_named(&mut self, member: &str) {
        self.path.push(Segment::Named(member.into()));
    }

    /// Goes to an item of a list.
    pub fn enter_item(&mut self, index: usize) {
        self.path.push(Segment::Index(index));
    }

    /// Goes back up.
    pub fn leave(&mut self) {
        self.path.pop();
    }

    /// Writes down a fault at this place.
    pub fn fault(&mut self, code: FaultCode, reason: &'static str) {
        let pointer = self.pointer(None);
        self.push(Fault {
            pointer,
            code,
            reason,
        });
    }

    /// Writes down why the text at this place was not taken.
    pub fn refuse(&mut self, reason: Reason) {
        self.fault(reason.code, reason.reason);
    }

    /// Writes down a fault at a member of this place that the program knows.
    pub fn fault_at(&mut self, member: &'static str, code: FaultCode, reason: &'static str) {
        let pointer = self.pointer(Some(member));
        self.push(Fault {
            pointer,
            code,
            reason,
        });
    }

    /// Writes down a missing member that a permission may make dispensable.
    pub fn dispensable(&mut self, member: &'static str) {
        let pointer = self.pointer(Some(member));
        self.dispensable.push(Fault {
            pointer,
            code: FaultCode::Required,
            reason: "this member is required",
        });
    }

    /// Writes down a member nobody knows. Names can carry data too, so one that does not look like
    /// a name is reported at its parent.
    pub fn unknown_member(&mut self, name: &str) {
        let plain = (1..=MAX_NAME).contains(&name.len())
            && name
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'_' | b'.'));
        let pointer = self.pointer(plain.then_some(name));
        self.push(Fault {
            pointer,
            code: FaultCode::UnknownMember,
            reason: "no such member is known here",
        });
    }

    /// Marks what was found wrong so far, to ask later whether more was.
    pub(crate) fn mark(&self) -> Mark {
        Mark(self.faults.len())
    }

    /// Whether something was found wrong since then. Once there are as many faults as are answered,
    /// nobody counts any more, and everything may be one.
    pub(crate) fn has_faults_since(&self, mark: Mark) -> bool {
        self.faults.len() > mark.0 || self.faults.len() >= MAX_FAULTS
    }

    /// Whether one of the faults since then is at that member of this place.
    pub(crate) fn has_fault_since(&self, mark: Mark, member: &'static str) -> bool {
        let pointer = self.pointer(Some(member));
        self.faults
            .iter()
            .skip(mark.0)
            .any(|fault| fault.pointer == pointer)
    }

    /// This place as a pointer.
    pub(crate) fn place(&self) -> String {
        self.pointer(None)
    }

    /// Whether nothing was found wrong.
    pub fn is_faultless(&self) -> bool {
        self.faults.is_empty()
    }

    /// Runs `read` and parts what it finds wrong from the rest: the faults of one item of a batch.
    pub fn apart<T, E>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<(T, Vec<Fault>, Vec<Fault>), E> {
        let faults = std::mem::take(&mut self.faults);
        let dispensable = std::mem::take(&mut self.dispensable);
        let value = read(self);
        let own = std::mem::replace(&mut self.faults, faults);
        let own_dispensable = std::mem::replace(&mut self.dispensable, dispensable);
        Ok((value?, own, own_dispensable))
    }

    pub(super) fn into_faults(self) -> (Vec<Fault>, Vec<Fault>) {
        (self.faults, self.dispensable)
    }

    /// Takes over a fault found elsewhere, with its pointer as it is.
    pub fn push(&mut self, fault: Fault) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(fault);
        }
    }

    fn pointer(&self, last: Option<&str>) -> String {
        let mut pointer = String::new();
        for segment in &self.path {
            pointer.push('/');
            match segment {
                Segment::Member(name) => pointer.push_str(name),
                Segment::Named(name) => pointer.push_str(name),
                Segment::Index(index) => {
                    write!(pointer, "{index}").expect("writing to a string cannot fail");
                }
            }
        }
        if let Some(name) = last {
            pointer.push('/');
            pointer.push_str(name);
        }
        pointer
    }
}
