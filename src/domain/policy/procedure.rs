//! A procedure (thủ tục hành chính) and the papers the register makes needless.

use serde::{Deserialize, Serialize};

use super::{Code, FieldPath, Form, Label};

/// An administrative procedure, by its code in the National Database of Procedures where it has one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Procedure {
    /// Its code, as `1.004194`.
    pub code: Code,
    /// Its name.
    pub name: Label<500>,
    /// The law it rests on.
    pub legal_basis: Option<Label<1000>>,
    /// Whether its entries are kept from the person's own report (criminal procedures).
    pub confidential: bool,
    /// The form that prefill fills.
    pub form: Option<Form>,
    /// The papers a person need not bring once their fields came from the register.
    pub papers: Vec<Paper>,
}

impl Procedure {
    /// Most papers.
    pub const MAX_PAPERS: usize = 64;
}

/// A paper the law no longer lets an agency ask for, once its fields came from the register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    /// Its code, as `cccd_copy`.
    pub code: Code,
    /// Its name.
    pub name: Label<500>,
    /// What it would prove: 1 to 64 paths.
    pub fields: Vec<FieldPath>,
}

impl Paper {
    /// Most fields of one paper.
    pub const MAX_FIELDS: usize = 64;
}
