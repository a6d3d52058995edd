//! The id of an entry, which says when it was recorded and so where it lies.

use std::fmt;

use jiff::Timestamp;
use uuid::{Builder, Uuid, Version};

/// A version 7 UUID (RFC 9562) whose time is the entry's, to the millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuditId(Uuid);

impl AuditId {
    /// The id of an entry recorded at `at`; `random` must come from a generator fit for keys.
    pub fn new(at: Timestamp, random: &[u8; 10]) -> Self {
        let ms = u64::try_from(at.as_millisecond()).expect("the log began after 1970");
        Self(Builder::from_unix_timestamp_millis(ms, random).into_uuid())
    }

    /// That UUID as the id of an entry, if it can be one.
    pub fn from_uuid(uuid: Uuid) -> Option<Self> {
        (uuid.get_version() == Some(Version::SortRand)).then_some(Self(uuid))
    }

    /// The UUID.
    pub const fn as_uuid(&self) -> &Uuid {
        &self.0
    }

    /// When the entry was recorded.
    pub fn at(&self) -> Timestamp {
        let ms = i64::try_from(self.0.as_u128() >> 80).expect("the time has 48 bits");
        Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX)
    }
}

impl fmt::Display for AuditId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::AuditId;

    #[test]
    fn an_id_tells_the_time_of_its_entry() {
        let at = Timestamp::from_millisecond(1_795_230_764_123).unwrap();
        assert_eq!(AuditId::new(at, &[0xff; 10]).at(), at);
    }

    #[test]
    fn a_uuid_of_another_version_is_no_id() {
        assert_eq!(AuditId::from_uuid(Uuid::nil()), None);
        assert_eq!(AuditId::from_uuid(Uuid::max()), None);
    }
}
