//! An agency, as H29 or a ministry.

use serde::Serialize;

use super::{Code, Label};

/// An agency (cơ quan) that agreements are made with, by its code in the State's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Agency {
    /// Its code, as `H29`.
    pub code: Code,
    /// Its name.
    pub name: Label,
    /// The agency above it, whose auditors see its entries too.
    pub parent: Option<Code>,
}
