//! The sex a person is registered with, in the words of the contract; no codes of other standards.

use serde::{Serialize, Serializer};

use super::fault::{FaultCode, Form, FromText, Reason};

/// Sex (giới tính) as registered (Identity Law 26/2023 art. 9 item 5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sex {
    /// Nam.
    Male,
    /// Nữ.
    Female,
    /// The register does not say.
    #[default]
    Unknown,
}

impl Sex {
    /// The word callers use and see.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Male => "male",
            Self::Female => "female",
            Self::Unknown => "unknown",
        }
    }
}

impl FromText for Sex {
    const FORM: Form = Form::words(&["male", "female", "unknown"]).named(
        "Sex",
        "Sex (giới tính) as registered (Identity Law 26/2023, article 9, item 5).",
    );

    fn from_text(text: &str) -> Result<Self, Reason> {
        match text {
            "male" => Ok(Self::Male),
            "female" => Ok(Self::Female),
            "unknown" => Ok(Self::Unknown),
            _ => Err(Reason::new(
                FaultCode::Enum,
                "must be `male`, `female` or `unknown`",
            )),
        }
    }
}

impl Serialize for Sex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_three_words_are_taken() {
        for sex in [Sex::Male, Sex::Female, Sex::Unknown] {
            assert_eq!(Sex::from_text(sex.as_str()), Ok(sex));
        }
        for other in ["Male", "nam", "1", ""] {
            assert_eq!(Sex::from_text(other).unwrap_err().code, FaultCode::Enum);
        }
    }
}
