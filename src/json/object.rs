//! [`object!`]: a type, its reader and its schema from one declaration.

use std::marker::PhantomData;

use serde::de::{IgnoredAny, MapAccess};

use super::{Context, Read, Seed};
use crate::domain::fault::FaultCode;

/// Declares an object that is read from JSON.
///
/// Each member is `required`, `optional` (an `Option`; `null` and absent are the same), `defaulted`
/// (its default when absent), `dispensable` (an `Option` whose absence is a fault unless a
/// permission lifts it) or `demanded` (an `Option` whose absence is a fault, while the object is
/// made without it all the same). Members nobody declared are refused.
macro_rules! object {
    (
        $(#[doc = $doc:literal])*
        $vis:vis struct $name:ident {
            $(
                $(#[doc = $member_doc:literal])*
                $member_vis:vis $member:ident: $kind:ident $type:ty = $key:literal,
            )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug)]
        $vis struct $name {
            $($(#[doc = $member_doc])* $member_vis $member: $crate::json::object!(@type $kind $type),)*
        }

        impl $crate::json::Read for $name {
            fn read<'de, D: serde::de::Deserializer<'de>>(
                deserializer: D,
                context: &mut $crate::json::Context,
            ) -> Result<Option<Self>, D::Error> {
                struct Visitor<'a> {
                    context: &'a mut $crate::json::Context,
                }

                impl<'de> serde::de::Visitor<'de> for Visitor<'_> {
                    type Value = Option<$name>;

                    $crate::json::refuse_kinds!("an object is expected": bool number text list);

                    fn visit_map<A: serde::de::MapAccess<'de>>(
                        self,
                        mut members: A,
                    ) -> Result<Self::Value, A::Error> {
                        let context = self.context;
                        $(let mut $member = $crate::json::ReadMember::<$type>::default();)*
                        while let Some(key) = members.next_key_seed($crate::json::Key)? {
                            match &*key {
                                $($key => $member.read($key, &mut members, context)?,)*
                                unknown => {
                                    context.unknown_member(unknown);
                                    members.next_value::<serde::de::IgnoredAny>()?;
                                }
                            }
                        }
                        $(let $member = $member.$kind($key, context);)*
                        Ok(Some($name {
                            $($member: match $member {
                                Some(value) => value,
                                None => return Ok(None),
                            },)*
                        }))
                    }
                }

                deserializer.deserialize_any(Visitor { context })
            }

            fn schema(book: &mut $crate::json::schema::Book) -> $crate::json::schema::SchemaRef {
                book.object(
                    stringify!($name),
                    concat!($($doc, "\n"),*),
                    &[$($crate::json::schema::Property {
                        name: $key,
                        required: $crate::json::object!(@required $kind),
                        description: concat!($($member_doc, "\n"),*),
                        schema: <$type as $crate::json::Read>::schema,
                    },)*],
                )
            }
        }
    };
    (@type required $type:ty) => { $type };
    (@type defaulted $type:ty) => { $type };
    (@type optional $type:ty) => { Option<$type> };
    (@type dispensable $type:ty) => { Option<$type> };
    (@type demanded $type:ty) => { Option<$type> };
    (@required required) => { true };
    (@required defaulted) => { false };
    (@required optional) => { false };
    (@required dispensable) => { false };
    (@required demanded) => { true };
}
pub(crate) use object;

/// A member while its object is read.
#[derive(Debug)]
pub(crate) struct ReadMember<T> {
    state: State,
    value: Option<T>,
    kind: PhantomData<T>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Absent,
    /// An explicit null: as good as absent, but it may not come twice either.
    Null,
    Faulty,
    Present,
}

impl State {
    const fn is_missing(self) -> bool {
        matches!(self, Self::Absent | Self::Null)
    }
}

impl<T> Default for ReadMember<T> {
    fn default() -> Self {
        Self {
            state: State::Absent,
            value: None,
            kind: PhantomData,
        }
    }
}

impl<T: Read> ReadMember<T> {
    /// Reads the member's value; a second one is a fault and is passed over.
    pub(crate) fn read<'de, A: MapAccess<'de>>(
        &mut self,
        key: &'static str,
        members: &mut A,
        context: &mut Context,
    ) -> Result<(), A::Error> {
        if self.state != State::Absent {
            context.fault_at(
                key,
                FaultCode::DuplicateMember,
                "the member stands here twice",
            );
            self.state = State::Faulty;
            members.next_value::<IgnoredAny>()?;
            return Ok(());
        }
        let faults = context.mark();
        context.enter(key);
        self.value = members.next_value_seed(Seed::new(context))?;
        context.leave();
        self.state = match &self.value {
            Some(_) => State::Present,
            None if context.has_faults_since(faults) => State::Faulty,
            None => State::Null,
        };
        Ok(())
    }

    /// The value, or a fault and nothing.
    pub(crate) fn required(self, key: &'static str, context: &mut Context) -> Option<T> {
        if self.state.is_missing() {
            context.fault_at(key, FaultCode::Required, "this member is required");
        }
        self.value
    }

    /// The value, or a fault, without giving up the object.
    pub(crate) fn demanded(self, key: &'static str, context: &mut Context) -> Option<Option<T>> {
        Some(self.required(key, context))
    }

    /// The value, if there is one.
    pub(crate) fn optional(self, _: &'static str, _: &mut Context) -> Option<Option<T>> {
        Some(self.value)
    }

    /// The value, if there is one; its absence is noted.
    pub(crate) fn dispensable(self, key: &'static str, context: &mut Context) -> Option<Option<T>> {
        if self.state.is_missing() {
            context.dispensable(key);
        }
        Some(self.value)
    }

    /// The value, or its default.
    pub(crate) fn defaulted(self, _: &'static str, _: &mut Context) -> Option<T>
    where
        T: Default,
    {
        Some(self.value.unwrap_or_default())
    }
}
