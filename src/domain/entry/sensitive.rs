//! The part of an entry that is sealed: who it is about, who asked, for which case, on what, and why.
//!
//! Only its plain form is here, padded so that the sealed length tells a nine-digit number from a
//! twelve-digit one to nobody. Sealing is done by [`keys`](crate::keys).

use minicbor::{Decoder, Encoder};

use super::Private;

/// The plain form is padded with zeros to a multiple of this many bytes.
const PADDING: usize = 64;

/// What is sealed, borrowed from an entry or from an opened seal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sensitive<'a> {
    /// The person.
    pub subject: Option<Private<'a>>,
    /// The officer.
    pub officer: Option<Private<'a>>,
    /// The case.
    pub case: Option<Private<'a>>,
    /// The administered object, or what an auditor read.
    pub target: Option<Private<'a>>,
    /// The auditor's reason.
    pub purpose: Option<Private<'a>>,
    /// The token's `sub`, where it names somebody.
    pub token_sub: Option<Private<'a>>,
    /// The procedure's code, where nobody registered it.
    pub procedure_code: Option<Private<'a>>,
}

/// Opened bytes that do not hold what an entry seals.
#[derive(Debug, thiserror::Error)]
#[error("the opened seal does not hold what an entry seals")]
pub struct SensitiveError;

impl<'a> Sensitive<'a> {
    /// Whether there is nothing to seal.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The plain form: a CBOR map {0: subject, 1: officer, 2: case, 3: target, 4: purpose, 5: token's
    /// `sub`, 6: procedure} of those that are there, then zeros up to a multiple of 64 bytes. `spare`
    /// more bytes are reserved.
    pub fn to_plain(&self, spare: usize) -> Vec<u8> {
        let values = self.values();
        let length: usize = values.iter().flatten().map(|v| v.reveal().len() + 4).sum();
        let mut out = Vec::with_capacity((length + 1).next_multiple_of(PADDING) + spare);
        let mut to = Encoder::new(&mut out);
        let pairs = values.iter().flatten().count() as u64;
        to.map(pairs).expect(NEVER_FULL);
        for (key, value) in (0_u8..).zip(values) {
            if let Some(value) = value {
                to.u8(key).expect(NEVER_FULL);
                to.str(value.reveal()).expect(NEVER_FULL);
            }
        }
        out.resize(out.len().next_multiple_of(PADDING), 0);
        out
    }

    /// Reads the plain form.
    pub fn from_plain(plain: &'a [u8]) -> Result<Self, SensitiveError> {
        let mut from = Decoder::new(plain);
        let pairs = from.map().ok().flatten().ok_or(SensitiveError)?;
        let mut read = Self::default();
        for _ in 0..pairs {
            let key = from.u8().map_err(|_| SensitiveError)?;
            let value = Private::new(from.str().map_err(|_| SensitiveError)?);
            let place = match key {
                0 => &mut read.subject,
                1 => &mut read.officer,
                2 => &mut read.case,
                3 => &mut read.target,
                4 => &mut read.purpose,
                5 => &mut read.token_sub,
                6 => &mut read.procedure_code,
                _ => return Err(SensitiveError),
            };
            if place.replace(value).is_some() {
                return Err(SensitiveError);
            }
        }
        let padding = &plain[from.position()..];
        if plain.len().is_multiple_of(PADDING) && padding.iter().all(|&byte| byte == 0) {
            Ok(read)
        } else {
            Err(SensitiveError)
        }
    }

    fn values(&self) -> [Option<Private<'a>>; 7] {
        [
            self.subject,
            self.officer,
            self.case,
            self.target,
            self.purpose,
            self.token_sub,
            self.procedure_code,
        ]
    }
}

const NEVER_FULL: &str = "a vector takes every byte";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Private, Sensitive};

    #[test]
    fn a_short_and_a_long_number_are_equally_long_when_sealed() {
        let of = |number| Sensitive {
            subject: Some(Private::new(number)),
            officer: Some(Private::new("079085001234")),
            case: Some(Private::new("H29.12-261121-0007")),
            ..Sensitive::default()
        };
        let (short, long) = (of("012345678").to_plain(0), of("001095000001").to_plain(0));
        assert_eq!((short.len(), long.len()), (64, 64));
    }

    #[test]
    fn what_is_not_a_sealed_part_is_refused() {
        let good = Sensitive {
            case: Some(Private::new("1")),
            ..Sensitive::default()
        };
        let good = good.to_plain(0);
        assert!(Sensitive::from_plain(&good).is_ok());
        let mut padded = good.clone();
        padded[63] = 1;
        assert!(Sensitive::from_plain(&padded).is_err());
        assert!(Sensitive::from_plain(&good[..63]).is_err());
        assert!(Sensitive::from_plain(&[]).is_err());
    }

    proptest! {
        #[test]
        fn what_was_sealed_is_what_is_read(
            values in proptest::array::uniform7(proptest::option::of("[ -~à-ỹ]{0,90}"))
        ) {
            let [subject, officer, case, target, purpose, token_sub, procedure_code] =
                values.each_ref().map(|v| v.as_deref().map(Private::new));
            let sensitive = Sensitive {
                subject, officer, case, target, purpose, token_sub, procedure_code,
            };
            let plain = sensitive.to_plain(16);
            prop_assert_eq!(plain.len() % 64, 0);
            prop_assert_eq!(Sensitive::from_plain(&plain).unwrap(), sensitive);
        }
    }
}
