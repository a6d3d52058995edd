//! What is left of a name for comparing it, computed once and kept in the cache with the record.
//!
//! A key is three texts in one allocation. The *NFC* text is the name. The *canonical* text is in
//! folded case, with single spaces, straight apostrophes without a space behind, Đ repaired, and
//! the tone of each syllable behind its vowels. The *folded* text is its plain letters.
//!
//! A syllable is a run of Vietnamese vowels (a ă â e ê i o ô ơ u ư y): every Vietnamese syllable
//! has exactly one. So `hòa` and `hoà` are the same letters and tone, and so are `Qúy` and `Quý`,
//! while in a foreign word of several syllables no tone wanders from one to the next. Two tones in
//! one syllable are no Vietnamese spelling: they stay on the letters they were typed on. A mark on
//! any other letter (ñ, ü, ç) is part of the letter.

use std::borrow::Cow;
use std::fmt;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

#[cfg(test)]
use super::letters::tone;
use super::spelling::Spelling;
use super::{Level, Name};

/// A name ready to be compared. Built in time linear in the name; compared in nanoseconds.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct NameKey {
    /// NFC, canonical and folded text, one behind the other. The folded text is left out where
    /// the canonical one equals it.
    texts: Box<[u8]>,
    nfc_end: u16,
    canonical_end: u16,
    has_diacritics: bool,
}

impl NameKey {
    /// The key of a name.
    pub fn of(name: &Name) -> Self {
        if let Some(spelling) = Spelling::of_latin(name.as_str()) {
            Self::new(name.as_str(), &spelling)
        } else {
            Self::by_rules(name)
        }
    }

    /// The key of any name: that of a name in Latin letters is the same by their table.
    pub(super) fn by_rules(name: &Name) -> Self {
        let nfc = nfc(name.as_str());
        Self::new(&nfc, &Spelling::of(&nfc))
    }

    fn new(nfc: &str, spelling: &Spelling) -> Self {
        let (canonical, folded) = (spelling.canonical(), spelling.folded());
        let folded = if folded == canonical { &[] } else { folded };
        let canonical_end = nfc.len() + canonical.len();
        Self {
            texts: [nfc.as_bytes(), canonical, folded].concat().into(),
            nfc_end: place(nfc.len()),
            canonical_end: place(canonical_end),
            has_diacritics: spelling.has_diacritics(),
        }
    }

    /// Compares a claimed name with this one, the recorded one. Symmetric at every level.
    pub fn compare(&self, claim: &Self) -> Level {
        self.texts().compare(claim)
    }

    /// Its texts, for whoever keeps them elsewhere.
    pub fn texts(&self) -> NameTexts<'_> {
        NameTexts {
            nfc: self.nfc(),
            canonical: self.canonical(),
            folded: self.folded(),
        }
    }

    /// True where the name has a mark on a letter or a letter beyond the basic ones (đ, ø, ł), so
    /// that its sender can write them and means what is there.
    pub fn has_diacritics(&self) -> bool {
        self.has_diacritics
    }

    /// The canonical text with its tones back on the vowels.
    #[cfg(test)]
    pub(super) fn readable_for_tests(&self) -> String {
        let mark = |byte: u8| ('\u{300}'..='\u{323}').find(|mark| tone(*mark) == Some(byte));
        let (mut text, mut utf8) = (String::new(), Vec::new());
        for byte in self.canonical() {
            match mark(*byte) {
                None => utf8.push(*byte),
                Some(mark) => {
                    text += std::str::from_utf8(&utf8).unwrap();
                    utf8.clear();
                    text.push(mark);
                }
            }
        }
        text + std::str::from_utf8(&utf8).unwrap()
    }

    fn nfc(&self) -> &[u8] {
        &self.texts[..usize::from(self.nfc_end)]
    }

    fn canonical(&self) -> &[u8] {
        &self.texts[usize::from(self.nfc_end)..usize::from(self.canonical_end)]
    }

    fn folded(&self) -> &[u8] {
        match &self.texts[usize::from(self.canonical_end)..] {
            [] => self.canonical(),
            folded => folded,
        }
    }
}

/// The texts of a recorded name, wherever they are kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct NameTexts<'k> {
    /// The name in NFC.
    pub nfc: &'k [u8],
    /// Its canonical text.
    pub canonical: &'k [u8],
    /// Its plain letters.
    pub folded: &'k [u8],
}

impl NameTexts<'_> {
    /// Compares a claimed name with this one, the recorded one.
    pub fn compare(self, claim: &NameKey) -> Level {
        if self.nfc == claim.nfc() {
            Level::Exact
        } else if self.canonical == claim.canonical() {
            Level::Canonical
        } else if self.folded == claim.folded() {
            Level::Folded
        } else {
            Level::Different
        }
    }
}

impl fmt::Debug for NameTexts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NameTexts(***)")
    }
}

impl fmt::Debug for NameKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NameKey(***)")
    }
}

fn nfc(text: &str) -> Cow<'_, str> {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text.into(),
        IsNormalized::No | IsNormalized::Maybe => text.nfc().collect::<String>().into(),
    }
}

fn place(at: usize) -> u16 {
    u16::try_from(at).expect("two hundred characters normalise to far less than 64 KiB")
}
