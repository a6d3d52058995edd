//! The body of the register's feed: a batch of changes.

use serde::de::Deserializer;

use super::parts::StatusPart;
use super::{REPLACES_ITSELF, RegisteredCitizen, Revision, Sound};
use crate::domain::change::Change;
use crate::domain::fault::{FaultCode, Form, FromText, Reason};
use crate::domain::number::PersonalId;
use crate::json::schema::{Book, SchemaRef};
use crate::json::{Context, List, Read, object};

/// The most changes of one batch.
pub const MAX_CHANGES: usize = 500;

object! {
    /// A batch of changes: one that is at fault refuses them all.
    struct Batch {
        /// In the order they are applied.
        changes: required List<ReadChange, 1, MAX_CHANGES> = "changes",
    }
}

/// A batch of changes, each faultless.
#[derive(Clone, Debug)]
pub struct RegisterChanges(pub Vec<Change>);

impl Read for RegisterChanges {
    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        context: &mut Context,
    ) -> Result<Option<Self>, D::Error> {
        let batch = Batch::read(deserializer, context)?;
        Ok(batch.map(|batch| Self(batch.changes.0.into_iter().map(|change| change.0).collect())))
    }

    fn schema(book: &mut Book) -> SchemaRef {
        Batch::schema(book)
    }
}

/// What a change does.
#[derive(Clone, Copy, Debug)]
enum Op {
    /// Puts a whole record in the place of what was there.
    Upsert,
    /// Changes the status only.
    Status,
}

impl FromText for Op {
    const FORM: Form = Form::words(&["upsert", "status"]);

    fn from_text(text: &str) -> Result<Self, Reason> {
        match text {
            "upsert" => Ok(Self::Upsert),
            "status" => Ok(Self::Status),
            _ => Err(Reason::new(FaultCode::Enum, "one of upsert status")),
        }
    }
}

object! {
    /// One change: `upsert` takes `citizen`, `status` takes `personal_id` and `status`.
    struct RegisterChange {
        /// What it does.
        op: required Op = "op",
        /// The register's number of the state this makes.
        revision: required Revision = "revision",
        /// The whole record: what it does not name is cleared, but `protected` and `status`.
        citizen: dispensable Sound<RegisteredCitizen> = "citizen",
        /// Whose status.
        personal_id: dispensable PersonalId = "personal_id",
        /// The new status.
        status: dispensable StatusPart = "status",
    }
}

/// A change with the members its kind takes.
#[derive(Clone, Debug)]
struct ReadChange(Change);

impl Read for ReadChange {
    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        context: &mut Context,
    ) -> Result<Option<Self>, D::Error> {
        let (change, faults, missing) =
            context.apart(|context| RegisterChange::read(deserializer, context))?;
        for fault in faults {
            context.push(fault);
        }
        let Some(change) = change else {
            return Ok(None);
        };
        let of_other_op: &[(bool, &'static str)] = match change.op {
            Op::Upsert => &[
                (change.personal_id.is_some(), "personal_id"),
                (change.status.is_some(), "status"),
            ],
            Op::Status => &[(change.citizen.is_some(), "citizen")],
        };
        for (is_there, member) in of_other_op {
            if *is_there {
                context.fault_at(
                    member,
                    FaultCode::UnknownMember,
                    "this change does not take it",
                );
            }
        }
        let wanted: &[&str] = match change.op {
            Op::Upsert => &["/citizen"],
            Op::Status => &["/personal_id", "/status"],
        };
        for fault in missing {
            if wanted.iter().any(|member| fault.pointer.ends_with(member)) {
                context.push(fault);
            }
        }
        Ok(change.into_change(context).map(Self))
    }

    fn schema(book: &mut Book) -> SchemaRef {
        RegisterChange::schema(book)
    }
}

impl RegisterChange {
    /// The change, where it has what its kind takes; what is missing was reported before.
    fn into_change(self, context: &mut Context) -> Option<Change> {
        let revision = self.revision.0;
        match self.op {
            Op::Upsert => {
                let Sound(citizen) = self.citizen?;
                Some(Change::Upsert(Box::new(citizen.into_upsert(revision))))
            }
            Op::Status => {
                let (personal_id, StatusPart(status)) = (self.personal_id?, self.status?);
                if status.superseded_by == Some(personal_id) {
                    context.enter("status");
                    context.fault_at("superseded_by", FaultCode::Range, REPLACES_ITSELF);
                    context.leave();
                }
                Some(Change::Status {
                    personal_id,
                    revision,
                    status,
                })
            }
        }
    }
}
