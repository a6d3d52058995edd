//! What a caller asks about a person: parsed and whole, so that nothing downstream checks again.

use super::citizen::words;
use super::claim::{Claims, Subject};
use super::fault::{FaultCode, Form, FromText, Reason};
use super::field::FieldMask;
use super::policy::{Code, OfficerId};

/// Under which procedure, by which officer, for which case.
#[derive(Clone)]
pub struct Context {
    /// The administrative procedure the question serves.
    pub procedure_code: Code,
    /// The officer the request names.
    pub officer_id: Option<OfficerId>,
    /// The agency's own case: 1 to 64 of `[A-Za-z0-9._/-]`.
    pub case_id: Option<Box<str>>,
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("procedure_code", &self.procedure_code)
            .finish_non_exhaustive()
    }
}

/// Who is meant, and what is claimed of them.
#[derive(Clone, Debug)]
pub struct Question {
    /// The number.
    pub subject: Subject,
    /// The claims, none where the caller may ask by number alone.
    pub claims: Claims,
}

words! {
    /// What happens where a field is forbidden.
    OnForbidden:
    /// The whole request is refused.
    Refuse "refuse",
    /// The rest is answered, and the field is named as withheld.
    Withhold "withhold",
}

/// What a lookup wants to read.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The requested paths in the order of the request, each with its leaves.
    pub paths: Vec<(&'static str, FieldMask)>,
    /// What happens where one is forbidden.
    pub on_forbidden: OnForbidden,
}

impl Wanted {
    /// Every leaf requested.
    pub fn mask(&self) -> FieldMask {
        self.paths
            .iter()
            .fold(FieldMask::EMPTY, |all, (_, mask)| all | *mask)
    }
}
