//! All of it at one moment.

use super::{Agency, Agreement, Client, Code, Officer, Procedure};

/// What is administered, as it was read in one transaction.
#[derive(Debug, Default)]
pub struct Rows {
    /// The position of the feed that it was read at.
    pub head: i64,
    /// All agencies.
    pub agencies: Vec<Agency>,
    /// All clients.
    pub clients: Vec<Client>,
    /// All officers.
    pub officers: Vec<Officer>,
    /// All procedures.
    pub procedures: Vec<Procedure>,
    /// All agreements.
    pub agreements: Vec<Agreement>,
    /// Procedures that are or ever were confidential, whether there still are such or not.
    pub ever_confidential: Vec<Code>,
}
