//! Members that are named and not enforced yet: taken only when null or empty.

use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::domain::fault::FaultCode;
use crate::json::schema::{self, Book, SchemaRef};
use crate::json::{Context, Read, object};

/// A value that cannot be given yet.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reserved {}

object! {
    /// Reserved: every member null.
    pub(super) struct Quota {
        /// Reserved: null.
        _per_second: optional Reserved = "per_second",
        /// Reserved: null.
        _per_day: optional Reserved = "per_day",
        /// Reserved: null.
        _fields_per_day: optional Reserved = "fields_per_day",
        /// Reserved: null.
        _people_per_hour: optional Reserved = "people_per_hour",
        /// Reserved: null.
        _people_per_officer_hour: optional Reserved = "people_per_officer_hour",
    }
}

struct Nothing<'a>(&'a mut Context);

impl Nothing<'_> {
    fn refuse_unless(self, empty: bool) -> Option<Reserved> {
        if !empty {
            self.0.fault(
                FaultCode::Enum,
                "reserved: only null or empty until it is enforced",
            );
        }
        None
    }
}

impl<'de> Visitor<'de> for Nothing<'_> {
    type Value = Option<Reserved>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("null")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(self.refuse_unless(text.is_empty()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut empty = true;
        while items.next_element::<IgnoredAny>()?.is_some() {
            empty = false;
        }
        Ok(self.refuse_unless(empty))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut empty = true;
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            empty = false;
        }
        Ok(self.refuse_unless(empty))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(self.refuse_unless(false))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(self.refuse_unless(false))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(self.refuse_unless(false))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(self.refuse_unless(false))
    }
}

impl Read for Reserved {
    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        context: &mut Context,
    ) -> Result<Option<Self>, D::Error> {
        deserializer.deserialize_any(Nothing(context))
    }

    fn schema(_: &mut Book) -> SchemaRef {
        schema::nothing()
    }
}
