//! How much one question may hold, as far as whoever runs the service decides it.

/// Limits on what is read that are no part of its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most fields of one lookup.
    pub fields: usize,
    /// Most items of one batch.
    pub batch_items: usize,
    /// Most characters of a name, after white space around it is trimmed.
    pub name_characters: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            fields: 64,
            batch_items: 100,
            name_characters: 200,
        }
    }
}
