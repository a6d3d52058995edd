//! Readers of texts, numbers, truth values and lists.

use std::borrow::Cow;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, SeqAccess, Visitor};

use super::schema::{self, Book, SchemaRef};
use super::{Context, Read};
use crate::domain::fault::{FaultCode, FromText, Reason};
use crate::domain::limits::Limits;

/// Reads one `T` through serde, with the context at hand.
#[derive(Debug)]
pub struct Seed<'a, T> {
    context: &'a mut Context,
    kind: PhantomData<T>,
}

impl<'a, T> Seed<'a, T> {
    /// A seed that writes faults to `context`.
    pub fn new(context: &'a mut Context) -> Self {
        Self {
            context,
            kind: PhantomData,
        }
    }
}

impl<'de, T: Read> DeserializeSeed<'de> for Seed<'_, T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        T::read(deserializer, self.context)
    }
}

/// The visitor methods for kinds that are not expected: each is drained and written down.
macro_rules! refuse_kinds {
    ($expected:literal: $($kind:ident)*) => {
        $($crate::json::refuse_kinds!(@$kind $expected);)*

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str($expected)
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
    };
    (@bool $expected:literal) => {
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            self.context.fault($crate::domain::fault::FaultCode::Type, $expected);
            Ok(None)
        }
    };
    (@number $expected:literal) => {
        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            self.context.fault($crate::domain::fault::FaultCode::Type, $expected);
            Ok(None)
        }
        $crate::json::refuse_kinds!(@other_number $expected);
    };
    (@other_number $expected:literal) => {
        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            self.context.fault($crate::domain::fault::FaultCode::Type, $expected);
            Ok(None)
        }

        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            self.context.fault($crate::domain::fault::FaultCode::Type, $expected);
            Ok(None)
        }
    };
    (@text $expected:literal) => {
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            self.context.fault($crate::domain::fault::FaultCode::Type, $expected);
            Ok(None)
        }
    };
    (@list $expected:literal) => {
        fn visit_seq<A: serde::de::SeqAccess<'de>>(
            self,
            mut items: A,
        ) -> Result<Self::Value, A::Error> {
            while items.next_element::<serde::de::IgnoredAny>()?.is_some() {}
            self.context.fault($crate::domain::fault::FaultCode::Type, $expected);
            Ok(None)
        }
    };
    (@object $expected:literal) => {
        fn visit_map<A: serde::de::MapAccess<'de>>(
            self,
            mut members: A,
        ) -> Result<Self::Value, A::Error> {
            while members
                .next_entry::<serde::de::IgnoredAny, serde::de::IgnoredAny>()?
                .is_some()
            {}
            self.context.fault($crate::domain::fault::FaultCode::Type, $expected);
            Ok(None)
        }
    };
}
pub(crate) use refuse_kinds;

struct TextVisitor<'a, T> {
    context: &'a mut Context,
    kind: PhantomData<T>,
}

impl<'de, T: FromText> Visitor<'de> for TextVisitor<'_, T> {
    type Value = Option<T>;

    refuse_kinds!("a string is expected": bool number list object);

    fn visit_str<E>(self, text: &str) -> Result<Option<T>, E> {
        if text.chars().any(char::is_control) {
            self.context
                .fault(FaultCode::Character, "control characters are not allowed");
            return Ok(None);
        }
        match T::from_text_within(text, self.context.limits()) {
            Ok(value) => Ok(Some(value)),
            Err(reason) => {
                self.context.refuse(reason);
                Ok(None)
            }
        }
    }
}

impl<T: FromText> Read for T {
    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        context: &mut Context,
    ) -> Result<Option<Self>, D::Error> {
        deserializer.deserialize_any(TextVisitor {
            context,
            kind: PhantomData::<T>,
        })
    }

    fn schema(book: &mut Book) -> SchemaRef {
        let form = &T::form_within(&book.limits);
        let mut taken = form.words.iter().chain(&form.example);
        debug_assert!(
            taken.all(|text| T::from_text(text).is_ok()),
            "{form:?} is not what is read"
        );
        schema::text(book, form)
    }
}

/// A text of one to `MAX` characters without control characters.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Text<const MAX: usize>(pub Box<str>);

impl<const MAX: usize> FromText for Text<MAX> {
    const FORM: crate::domain::fault::Form = crate::domain::fault::Form {
        max: MAX,
        ..crate::domain::fault::Form::TEXT
    };

    fn from_text(text: &str) -> Result<Self, Reason> {
        // Counting stops one past the limit: a long text costs no more than a short one.
        match text.chars().take(MAX + 1).count() {
            0 => Err(Reason::new(
                FaultCode::Length,
                "an empty text is not allowed",
            )),
            length if length > MAX => Err(Reason::new(FaultCode::Length, "the text is too long")),
            _ => Ok(Self(text.into())),
        }
    }
}

impl<const MAX: usize> std::fmt::Debug for Text<MAX> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Text(**)")
    }
}

/// A text of 1 to `MAX` characters of `[0-9A-Za-z._-]`, and `/` where `SLASH`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Token<const MAX: usize, const SLASH: bool = false>(pub Box<str>);

impl<const MAX: usize, const SLASH: bool> FromText for Token<MAX, SLASH> {
    const FORM: crate::domain::fault::Form = crate::domain::fault::Form {
        pattern: Some(if SLASH {
            "^[0-9A-Za-z._/-]+$"
        } else {
            "^[0-9A-Za-z._-]+$"
        }),
        max: MAX,
        ..crate::domain::fault::Form::TEXT
    };

    fn from_text(text: &str) -> Result<Self, Reason> {
        let allowed = |byte: u8| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b'.' | b'_' | b'-')
                || (SLASH && byte == b'/')
        };
        if text.is_empty() || text.len() > MAX {
            return Err(Reason::new(
                FaultCode::Length,
                "the text is empty or too long",
            ));
        }
        if !text.bytes().all(allowed) {
            let reason = if SLASH {
                "only letters, digits, full stop, underscore, hyphen and slash"
            } else {
                "only letters, digits, full stop, underscore and hyphen"
            };
            return Err(Reason::new(FaultCode::Character, reason));
        }
        Ok(Self(text.into()))
    }
}

impl<const MAX: usize, const SLASH: bool> std::fmt::Debug for Token<MAX, SLASH> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Officers and cases are tokens too.
        f.write_str("Token(**)")
    }
}

/// A whole number from `MIN` to `MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count<const MIN: u64, const MAX: u64>(pub u64);

struct CountVisitor<'a, const MIN: u64, const MAX: u64> {
    context: &'a mut Context,
}

impl<'de, const MIN: u64, const MAX: u64> Visitor<'de> for CountVisitor<'_, MIN, MAX> {
    type Value = Option<Count<MIN, MAX>>;

    refuse_kinds!("a whole number is expected": bool text list object);

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        if (MIN..=MAX).contains(&value) {
            return Ok(Some(Count(value)));
        }
        self.context
            .fault(FaultCode::Range, "the number is out of range");
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        self.context
            .fault(FaultCode::Range, "the number is out of range");
        Ok(None)
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        // A whole number too large for 64 bits comes as one of these.
        if value.abs() >= u64::MAX as f64 {
            self.context
                .fault(FaultCode::Range, "the number is out of range");
        } else {
            self.context
                .fault(FaultCode::Type, "a whole number is expected");
        }
        Ok(None)
    }
}

impl<const MIN: u64, const MAX: u64> Read for Count<MIN, MAX> {
    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        context: &mut Context,
    ) -> Result<Option<Self>, D::Error> {
        deserializer.deserialize_any(CountVisitor { context })
    }

    fn schema(_: &mut Book) -> SchemaRef {
        schema::integer(MIN, MAX)
    }
}

struct TruthVisitor<'a> {
    context: &'a mut Context,
}

impl<'de> Visitor<'de> for TruthVisitor<'_> {
    type Value = Option<bool>;

    refuse_kinds!("true or false is expected": number text list object);

    fn visit_bool<E>(self, value: bool) -> Result<Option<bool>, E> {
        Ok(Some(value))
    }
}

impl Read for bool {
    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        context: &mut Context,
    ) -> Result<Option<Self>, D::Error> {
        deserializer.deserialize_any(TruthVisitor { context })
    }

    fn schema(_: &mut Book) -> SchemaRef {
        schema::truth()
    }
}

/// A list of at most `MAX` items and at least `MIN`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List<T, const MIN: usize, const MAX: usize>(pub Vec<T>);

impl<T, const MIN: usize, const MAX: usize> Default for List<T, MIN, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// What one question holds several of, as many as are configured.
pub trait Limited: Read {
    /// The most of them.
    fn most(limits: &Limits) -> usize;
}

/// A list of at least one item, and at most as many as are configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Several<T>(pub Vec<T>);

struct ListVisitor<'a, T> {
    context: &'a mut Context,
    min: usize,
    max: usize,
    kind: PhantomData<T>,
}

impl<'de, T: Read> Visitor<'de> for ListVisitor<'_, T> {
    type Value = Option<Vec<T>>;

    refuse_kinds!("a list is expected": bool number text object);

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut out = Vec::new();
        let mut length = 0;
        for index in 0.. {
            if index == self.max {
                // What is over the limit is passed over unread, and only its presence reported.
                if items.next_element::<IgnoredAny>()?.is_some() {
                    self.context
                        .fault(FaultCode::TooMany, "the list has too many items");
                    while items.next_element::<IgnoredAny>()?.is_some() {}
                }
                break;
            }
            self.context.enter_item(index);
            let faults = self.context.mark();
            let item = items.next_element_seed(Seed::<T>::new(self.context));
            let item = match item {
                Ok(Some(Some(value))) => Some(value),
                Ok(Some(None)) => {
                    length += 1;
                    if !self.context.has_faults_since(faults) {
                        self.context
                            .fault(FaultCode::Type, "an item may not be null");
                    }
                    self.context.leave();
                    continue;
                }
                Ok(None) => None,
                Err(error) => return Err(error),
            };
            self.context.leave();
            match item {
                Some(item) => {
                    length += 1;
                    out.push(item);
                }
                None => break,
            }
        }
        if length < self.min {
            self.context
                .fault(FaultCode::Length, "the list has too few items");
        }
        Ok(Some(out))
    }
}

impl<T: Read, const MIN: usize, const MAX: usize> Read for List<T, MIN, MAX> {
    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        context: &mut Context,
    ) -> Result<Option<Self>, D::Error> {
        let list = deserializer.deserialize_any(ListVisitor {
            context,
            min: MIN,
            max: MAX,
            kind: PhantomData::<T>,
        })?;
        Ok(list.map(List))
    }

    fn schema(book: &mut Book) -> SchemaRef {
        let items = T::schema(book);
        schema::list(items, MIN, MAX)
    }
}

impl<T: Limited> Read for Several<T> {
    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        context: &mut Context,
    ) -> Result<Option<Self>, D::Error> {
        let max = T::most(context.limits());
        let list = deserializer.deserialize_any(ListVisitor {
            context,
            min: 1,
            max,
            kind: PhantomData::<T>,
        })?;
        Ok(list.map(Several))
    }

    fn schema(book: &mut Book) -> SchemaRef {
        let items = T::schema(book);
        schema::list(items, 1, T::most(&book.limits))
    }
}

/// The name of a member, borrowed where the text holds it plainly.
pub(crate) struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.into()))
    }
}
