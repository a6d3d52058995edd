//! The tables `audit.entry` and `audit.attachment`, as they are read. How they are written is
//! in [`lane`](super::lane).

use super::{Error, Statement, Store, query_opt, statement};
use crate::domain::entry::{AuditId, Stamp};

const FIND: Statement = statement!("entry/find");
const FIND_ATTACHMENT: Statement = statement!("attachment/find");

impl Store {
    /// The canonical bytes of an entry, found by the time in its id and then by the id.
    pub(crate) async fn entry(&self, id: AuditId) -> Result<Option<Vec<u8>>, Error> {
        let client = self.client(FIND.name).await?;
        let row = query_opt(&client, &FIND, &[id.as_uuid(), &id.at()]).await?;
        Ok(row.map(|row| row.get("entry")))
    }

    /// What is sealed beside the entry at that place.
    pub(crate) async fn attachment(&self, place: &Stamp) -> Result<Option<Vec<u8>>, Error> {
        let client = self.client(FIND_ATTACHMENT.name).await?;
        let (lane, seq) = (place.lane.cast_signed(), place.seq.cast_signed());
        let row = query_opt(&client, &FIND_ATTACHMENT, &[&lane, &seq]).await?;
        Ok(row.map(|row| row.get("sealed")))
    }
}
