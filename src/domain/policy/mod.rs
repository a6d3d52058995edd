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
mod fields;
mod form;
mod item;
mod officer;
mod operation;
mod path;
mod procedure;
mod rows;

pub use crate::domain::name::NameMatch;
pub use agency::Agency;
pub use agreement::{Agreement, OfficerRule};
pub use box_format::BoxFormat;
pub use client::{Client, ScopeList, ScopeName};
pub use code::{Code, Label};
pub use fields::{AgreedFields, ClaimFields, Claimable, FieldName, Purpose, ReadFields, Readable};
pub use form::{Boxes, Form, FormBox, FormSource};
pub use item::{Item, Kind};
pub use officer::{Officer, OfficerId};
pub use operation::{AgreedOperation, Operation, Operations};
pub use path::FieldPath;
pub use procedure::{Paper, Procedure};
pub use rows::Rows;
