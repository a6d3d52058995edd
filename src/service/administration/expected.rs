//! What a writer expects to find: the entity tags of `If-Match` and `If-None-Match`
//! (RFC 9110 section 13.1).

/// The versions a change may be made to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    matching: Option<Tags>,
    not_matching: Option<Tags>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Tags {
    /// `*`: any version at all.
    Any,
    /// Those versions.
    Listed(Vec<Tag>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Tag {
    weak: bool,
    /// With its quotes.
    opaque: Box<str>,
}

impl Expected {
    /// Any state will do.
    pub const ANYTHING: Self = Self {
        matching: None,
        not_matching: None,
    };

    /// Reads both fields, absent ones included; `None` where one is malformed.
    pub fn parse(if_match: Option<&str>, if_none_match: Option<&str>) -> Option<Self> {
        Some(Self {
            matching: if_match.map_or(Some(None), |field| Tags::parse(field).map(Some))?,
            not_matching: if_none_match.map_or(Some(None), |field| Tags::parse(field).map(Some))?,
        })
    }

    /// Whether the thing may be changed that has this entity tag, or is not there.
    pub fn holds(&self, current: Option<&str>) -> bool {
        let matching = match &self.matching {
            None => true,
            Some(Tags::Any) => current.is_some(),
            // The strong comparison: a weak tag equals nothing.
            Some(Tags::Listed(tags)) => {
                current.is_some_and(|tag| tags.iter().any(|one| !one.weak && *one.opaque == *tag))
            }
        };
        let not_matching = match &self.not_matching {
            None => true,
            Some(Tags::Any) => current.is_none(),
            Some(Tags::Listed(tags)) => {
                current.is_none_or(|tag| tags.iter().all(|one| *one.opaque != *tag))
            }
        };
        matching && not_matching
    }
}

impl Tags {
    fn parse(field: &str) -> Option<Self> {
        let mut rest = trim(field);
        if rest == "*" {
            return Some(Self::Any);
        }
        let mut tags = Vec::new();
        // A tag may hold commas, so the list is walked, not split.
        while !rest.is_empty() {
            let weak = rest.starts_with("W/");
            let quoted = if weak { &rest[2..] } else { rest };
            let inner = quoted.strip_prefix('"')?;
            let end = inner.find('"')?;
            if !inner[..end]
                .bytes()
                .all(|byte| matches!(byte, 0x21 | 0x23..=0x7e | 0x80..))
            {
                return None;
            }
            tags.push(Tag {
                weak,
                opaque: quoted[..end + 2].into(),
            });
            rest = trim(&quoted[end + 2..]);
            if !rest.is_empty() {
                rest = trim(rest.strip_prefix(',')?);
            }
        }
        (!tags.is_empty()).then_some(Self::Listed(tags))
    }
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn holds(if_match: Option<&str>, if_none_match: Option<&str>, current: Option<&str>) -> bool {
        Expected::parse(if_match, if_none_match)
            .unwrap()
            .holds(current)
    }

    #[test]
    fn without_expectations_anything_may_be_changed() {
        assert!(holds(None, None, None) && holds(None, None, Some("\"a\"")));
    }

    #[test]
    fn if_match_wants_one_of_its_versions_strongly() {
        assert!(holds(Some(r#""x" , "a,b""#), None, Some(r#""a,b""#)));
        assert!(!holds(Some(r#""x""#), None, Some(r#""a""#)));
        assert!(!holds(Some(r#"W/"a""#), None, Some(r#""a""#)));
        assert!(!holds(Some(r#""a""#), None, None));
        assert!(holds(Some("*"), None, Some(r#""a""#)) && !holds(Some(" * "), None, None));
    }

    #[test]
    fn if_none_match_wants_none_of_its_versions() {
        assert!(holds(None, Some("*"), None) && !holds(None, Some("*"), Some(r#""a""#)));
        assert!(!holds(None, Some(r#"W/"a""#), Some(r#""a""#)));
        assert!(holds(None, Some(r#""b""#), Some(r#""a""#)) && holds(None, Some(r#""a""#), None));
    }

    #[test]
    fn a_malformed_list_is_none() {
        for bad in [
            "",
            "a",
            "\"a",
            "\"a\" \"b\"",
            "\"a\",*",
            "w/\"a\"",
            "\"a b\"",
            ",\"a\"",
        ] {
            assert_eq!(Expected::parse(Some(bad), None), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_header_panics(text in ".{0,60}", tags in "[W/\"a, *é]{0,20}") {
            let _ = Expected::parse(Some(&text), Some(&tags));
        }
    }
}
