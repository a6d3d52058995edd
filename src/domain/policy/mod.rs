//! What an administrator registers: agencies, their clients and officers, procedures, and the
//! agreements that join a client to a procedure.
//!
//! Plain data that was checked when it was read; who may ask what with it is decided in
//! [`policy`](crate::policy).

mod agency;
mod agreement;
mod box_format;
mod client;
mod code;
mod item;
mod officer;
mod operation;
mod procedure;

pub use agency::Agency;
pub use agreement::{AgreedFields, Agreement, ClaimFields, NameMatch, OfficerRule, ReadFields};
pub use box_format::BoxFormat;
pub use client::{Client, ScopeList};
pub use code::{Code, Label};
pub use item::{Item, Kind};
pub use officer::{Officer, OfficerId};
pub use operation::{AgreedOperation, Operation, Operations};
pub use procedure::{FieldPath, Form, FormBox, FormSource, Paper, Procedure};
