//! A pair of keys of a month: one tags, one seals. Both are destroyed together, for a tag alone is
//! found by trying the billion numbers there are.

use aws_lc_rs::aead::{Aad, LessSafeKey, NONCE_LEN, Nonce};
use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use super::kek::aead_key;
use super::{Error, half};
use crate::clock::random;
use crate::domain::entry::{
    Entry, Month, NONCE_LENGTH, Private, Protected, Sensitive, TAG_LENGTH, Tag, VERSION,
};

/// What is tagged: the same text means another person as subject than as officer.
const SUBJECT: u8 = 1;
const OFFICER: u8 = 2;
const CASE: u8 = 3;
/// What is sealed, so that an attachment is never taken for an entry's sealed part.
const SEALED_PART: u8 = 1;
const ATTACHMENT: u8 = 2;
/// The longest value that is tagged without an allocation.
const SHORT: usize = 95;

/// One generation of a month's keys.
pub struct MonthKeys {
    month: Month,
    generation: u32,
    tag: hmac::Key,
    seal: LessSafeKey,
}

impl std::fmt::Debug for MonthKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MonthKeys({}, {})", self.month, self.generation)
    }
}

impl MonthKeys {
    /// The keys made of these bytes, which the caller erases; the key types erase themselves when
    /// dropped. The program's own come from [`Keys`](super::Keys).
    pub fn new(month: Month, generation: u32, tag_key: &[u8; 32], seal_key: &[u8; 32]) -> Self {
        Self {
            month,
            generation,
            tag: hmac::Key::new(hmac::HMAC_SHA256, tag_key),
            seal: aead_key(seal_key),
        }
    }

    /// The month.
    pub fn month(&self) -> Month {
        self.month
    }

    /// Which of the month's pairs this is, from 1.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// Whether the other is this pair, and not another of the same month and generation.
    pub(super) fn is_pair(&self, other: &Self) -> bool {
        let nothing = Private::new("");
        self.tag(SUBJECT, nothing) == other.tag(SUBJECT, nothing)
    }

    /// The tag a person's number has under this pair.
    pub fn subject_tag(&self, number: Private<'_>) -> Tag {
        self.tag(SUBJECT, number)
    }

    /// The tag an officer has under this pair.
    pub fn officer_tag(&self, officer: Private<'_>) -> Tag {
        self.tag(OFFICER, officer)
    }

    /// The tag a case has under this pair.
    pub fn case_tag(&self, case: Private<'_>) -> Tag {
        self.tag(CASE, case)
    }

    /// Tags and seals what an entry may not hold in the clear.
    pub fn protect(&self, entry: &Entry<'_>, nonce: &[u8; NONCE_LENGTH]) -> Protected {
        let Some(sensitive) = entry.sensitive() else {
            return Protected::default();
        };
        Protected {
            month: Some(self.month),
            subject_tag: entry.subject.map(|it| self.subject_tag(it)),
            officer_tag: entry.officer.map(|it| self.officer_tag(it)),
            case_tag: entry.case.map(|it| self.case_tag(it)),
            sealed: Some(self.seal(&sensitive, nonce)),
        }
    }

    /// Seals an administrative change's before and after: a nonce of its own, then the sealed bytes.
    pub fn seal_attachment(&self, entry_nonce: &[u8; NONCE_LENGTH], plain: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        random(&mut nonce);
        let mut sealed = Vec::with_capacity(NONCE_LEN + plain.len() + TAG_LENGTH);
        sealed.extend_from_slice(plain);
        let tag = self.seal_in_place(nonce, ATTACHMENT, entry_nonce, &mut sealed);
        sealed.extend_from_slice(tag.as_ref());
        sealed.splice(..0, nonce);
        sealed
    }

    pub(super) fn unseal(
        &self,
        nonce: &[u8; NONCE_LENGTH],
        sealed: &[u8],
    ) -> Result<Opened, Error> {
        let plain = self.open(*short(nonce), SEALED_PART, nonce, sealed)?;
        Sensitive::from_plain(&plain)?;
        Ok(Opened(plain))
    }

    pub(super) fn unseal_attachment(
        &self,
        entry_nonce: &[u8; NONCE_LENGTH],
        sealed: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let (nonce, sealed) = sealed.split_first_chunk().ok_or(Error::Seal)?;
        let plain = self.open(*nonce, ATTACHMENT, entry_nonce, sealed)?;
        Ok(plain.to_vec())
    }

    fn tag(&self, what: u8, value: Private<'_>) -> Tag {
        let value = value.reveal().as_bytes();
        if value.len() <= SHORT {
            let mut input = [what; SHORT + 1];
            input[1..=value.len()].copy_from_slice(value);
            half(&hmac::sign(&self.tag, &input[..=value.len()]))
        } else {
            half(&hmac::sign(&self.tag, &[&[what], value].concat()))
        }
    }

    fn seal(&self, sensitive: &Sensitive<'_>, nonce: &[u8; NONCE_LENGTH]) -> Vec<u8> {
        let mut sealed = sensitive.to_plain(TAG_LENGTH);
        let tag = self.seal_in_place(*short(nonce), SEALED_PART, nonce, &mut sealed);
        sealed.extend_from_slice(tag.as_ref());
        sealed
    }

    fn seal_in_place(
        &self,
        nonce: [u8; NONCE_LEN],
        what: u8,
        entry_nonce: &[u8; NONCE_LENGTH],
        plain: &mut [u8],
    ) -> aws_lc_rs::aead::Tag {
        self.seal
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(bound_to(what, entry_nonce)),
                plain,
            )
            .expect("a request's body is far shorter than what can be sealed")
    }

    fn open(
        &self,
        nonce: [u8; NONCE_LEN],
        what: u8,
        entry_nonce: &[u8; NONCE_LENGTH],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let mut opened = Zeroizing::new(sealed.to_vec());
        let length = self
            .seal
            .open_in_place(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(bound_to(what, entry_nonce)),
                &mut opened,
            )
            .map_err(|_| Error::Seal)?
            .len();
        opened.truncate(length);
        Ok(opened)
    }
}

/// What an opened seal held; erased when dropped.
#[derive(Default)]
pub struct Opened(Zeroizing<Vec<u8>>);

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opened(***)")
    }
}

impl Opened {
    /// The values; none where nothing was sealed.
    pub fn values(&self) -> Sensitive<'_> {
        if self.0.is_empty() {
            return Sensitive::default();
        }
        Sensitive::from_plain(&self.0).expect("it was read once when it was opened")
    }
}

/// The sealed part's nonce is the beginning of the entry's own, which is random and used once.
fn short(nonce: &[u8; NONCE_LENGTH]) -> &[u8; NONCE_LEN] {
    nonce.first_chunk().expect("12 of 16 bytes")
}

fn bound_to(what: u8, entry_nonce: &[u8; NONCE_LENGTH]) -> [u8; NONCE_LENGTH + 2] {
    let mut bound = [0; NONCE_LENGTH + 2];
    bound[0] = VERSION;
    bound[1] = what;
    bound[2..].copy_from_slice(entry_nonce);
    bound
}

#[cfg(test)]
mod tests {
    use super::{Entry, Error, Month, MonthKeys, Private};
    use crate::domain::entry::{Decision, Operation};

    fn keys(fill: u8) -> MonthKeys {
        MonthKeys::new(
            Month::from_number(202_611).unwrap(),
            1,
            &[fill; 32],
            &[9; 32],
        )
    }

    fn entry() -> Entry<'static> {
        Entry {
            subject: Some(Private::new("001095000001")),
            officer: Some(Private::new("001095000001")),
            case: Some(Private::new("H29.12-261121-0007")),
            ..Entry::new(Operation::Verify, Decision::Match)
        }
    }

    #[test]
    fn what_was_sealed_opens_only_with_its_own_nonce() {
        let sealed = keys(1).protect(&entry(), &[5; 16]).sealed.unwrap();
        let opened = keys(1).unseal(&[5; 16], &sealed).unwrap();
        assert_eq!(Some(opened.values()), entry().sensitive());
        let mut other = [5; 16];
        other[15] = 6;
        assert!(matches!(keys(1).unseal(&other, &sealed), Err(Error::Seal)));
    }

    #[test]
    fn an_attachment_is_never_taken_for_a_sealed_part() {
        let keys = keys(1);
        let sealed = keys.seal_attachment(&[5; 16], b"{}");
        assert_eq!(keys.unseal_attachment(&[5; 16], &sealed).unwrap(), b"{}");
        assert!(keys.unseal_attachment(&[6; 16], &sealed).is_err());
        assert!(keys.unseal(&[5; 16], &sealed[12..]).is_err());
    }

    #[test]
    fn a_tag_depends_on_key_value_and_role_and_on_nothing_else() {
        let one = keys(1).protect(&entry(), &[5; 16]);
        let again = keys(1).protect(&entry(), &[6; 16]);
        assert_eq!(one.subject_tag, again.subject_tag);
        assert_ne!(one.sealed, again.sealed);
        assert_ne!(one.subject_tag, one.officer_tag);
        assert_ne!(
            one.subject_tag,
            keys(2).protect(&entry(), &[5; 16]).subject_tag
        );
    }

    #[test]
    fn tags_are_pinned_because_reports_must_find_old_ones() {
        let tags = keys(1).protect(&entry(), &[5; 16]);
        let (subject, case) = (tags.subject_tag.unwrap(), tags.case_tag.unwrap());
        assert_eq!(hex::encode(subject), "3f36df3d4004b6795ea50456f6b6bbf6");
        assert_eq!(hex::encode(case), "a7233463945a7a353e3b2a693156cfdd");
        let long = "x".repeat(96);
        assert_eq!(
            hex::encode(keys(1).case_tag(Private::new(&long))),
            "20a7deeb6562b631b11911f87ee161e3"
        );
    }

    #[test]
    fn an_entry_without_personal_parts_has_nothing_sealed() {
        let entry = Entry::new(Operation::LaneHeartbeat, Decision::Done);
        let protected = keys(1).protect(&entry, &[5; 16]);
        assert_eq!(protected, crate::domain::entry::Protected::default());
    }
}
