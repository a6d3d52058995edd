//! Single entries (the view `audit.entry`) and `audit.attachment`, as they are read. How they are written is
//! in [`lane`](super::lane).

use jiff::Timestamp;
use jiff::civil::Date;
use tokio_postgres::Row;

use super::{Error, Statement, Store, query_opt, statement};
use crate::domain::entry::{AuditId, Stamp};

const FIND: Statement = statement!("entry/find");
const IS_EXPIRED: Statement = statement!("entry/is_expired");
const COUNT: Statement = statement!("entry/count");
const FIND_ATTACHMENT: Statement = statement!("attachment/find");
const COUNT_ATTACHMENTS: Statement = statement!("attachment/count");

/// How much lies in the log between two moments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EntryCount {
    /// Entries.
    pub entries: u64,
    /// Those that name a person, an officer or a case by a tag.
    pub tagged: u64,
    /// Administrative changes with their before and after sealed beside the entry.
    pub attachments: u64,
}

impl Store {
    /// The canonical bytes of an entry, found by the time in its id and then by the id.
    pub(crate) async fn entry(&self, id: AuditId) -> Result<Option<Vec<u8>>, Error> {
        let client = self.client(FIND.name).await?;
        let row = query_opt(&client, &FIND, &[id.as_uuid(), &id.at()]).await?;
        Ok(row.map(|row| row.get("entry")))
    }

    /// Whether entries were written on that day (Vietnam's) and the day has been dropped since.
    pub(crate) async fn is_expired(&self, day: Date) -> Result<bool, Error> {
        let client = self.client(IS_EXPIRED.name).await?;
        let row = query_opt(&client, &IS_EXPIRED, &[&day]).await?;
        Ok(row.is_some_and(|row| row.get("expired")))
    }

    /// How much lies in the log from one moment up to another. Reads all of it.
    pub(crate) async fn count_entries(
        &self,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<EntryCount, Error> {
        let client = self.client(COUNT.name).await?;
        let entries = query_opt(&client, &COUNT, &[&from, &to]).await?;
        let attachments = query_opt(&client, &COUNT_ATTACHMENTS, &[&from, &to]).await?;
        let count = |row: &Option<Row>, column| {
            let row = row.as_ref();
            row.map_or(0, |row| row.get::<_, i64>(column).cast_unsigned())
        };
        Ok(EntryCount {
            entries: count(&entries, "entries"),
            tagged: count(&entries, "tagged"),
            attachments: count(&attachments, "attachments"),
        })
    }

    /// What is sealed beside the entry at that place.
    pub(crate) async fn attachment(&self, place: &Stamp) -> Result<Option<Vec<u8>>, Error> {
        let client = self.client(FIND_ATTACHMENT.name).await?;
        let (lane, seq) = (place.lane.cast_signed(), place.seq.cast_signed());
        let row = query_opt(&client, &FIND_ATTACHMENT, &[&lane, &seq]).await?;
        Ok(row.map(|row| row.get("sealed")))
    }
}
