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

use smallvec::SmallVec;
use unicode_normalization::char::{canonical_combining_class, decompose_canonical};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::letters::{
    fold_case, is_apostrophe, is_diacritic, is_space, is_zero_width, repair, tone, vowel,
    without_stroke,
};
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
        let nfc = nfc(name.as_str());
        let mut visible = String::with_capacity(nfc.len());
        for c in nfc.chars().filter(|c| !is_zero_width(*c)) {
            fold_case(c, &mut visible);
        }
        let mut spelling = Spelling::with_capacity(visible.len());
        let mut letter = Letter::new();
        let mut push = |c| {
            if canonical_combining_class(c) == 0 {
                spelling.write(&letter);
                letter.clear();
            }
            letter.push(c);
        };
        if visible.chars().all(is_whole_latin) {
            // The usual case: no mark stands apart from its letter, so none has to be put in order.
            visible
                .chars()
                .for_each(|c| decompose_canonical(c, &mut push));
        } else {
            visible.nfd().for_each(&mut push);
        }
        spelling.write(&letter);
        spelling.end_syllable();
        spelling.into_key(&nfc)
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

/// A character and the marks on it, in canonical order and folded case.
type Letter = SmallVec<[char; 8]>;

/// Writes the canonical and the folded text, letter by letter.
struct Spelling {
    canonical: Vec<u8>,
    folded: Vec<u8>,
    has_diacritics: bool,
    /// A space to write before the next letter, if there is one.
    space: bool,
    /// The vowels of the syllable, each with the tones on it.
    syllable: SmallVec<[(char, Tones); 4]>,
}

type Tones = SmallVec<[u8; 2]>;

impl Spelling {
    fn with_capacity(bytes: usize) -> Self {
        Self {
            canonical: Vec::with_capacity(bytes + 8),
            folded: Vec::with_capacity(bytes),
            has_diacritics: false,
            space: false,
            syllable: SmallVec::new(),
        }
    }

    fn write(&mut self, letter: &[char]) {
        let Some((&base, marks)) = letter.split_first() else {
            return;
        };
        let base = repair(base);
        if is_space(base) {
            self.end_syllable();
            self.space = !matches!(self.canonical.last(), None | Some(b'\''));
            self.write_literally(marks);
        } else if is_apostrophe(base) {
            self.write_literally(&['\'']);
            self.write_literally(marks);
        } else {
            self.fold(base, marks);
            let quality = marks.iter().copied().filter(|mark| tone(*mark).is_none());
            if let Some(vowel) = vowel(base, quality) {
                self.write_space();
                let tones = marks.iter().copied().filter_map(tone).collect();
                self.syllable.push((vowel, tones));
            } else {
                self.write_literally(&[base]);
                self.write_literally(marks);
            }
        }
    }

    /// Writes the vowels of a syllable: a single tone behind them all, several where they are.
    fn end_syllable(&mut self) {
        let single = self
            .syllable
            .iter()
            .map(|(_, tones)| tones.len())
            .sum::<usize>()
            == 1;
        let mut last = Tones::new();
        for (vowel, tones) in std::mem::take(&mut self.syllable) {
            push(&mut self.canonical, vowel);
            if single {
                last.extend(tones);
            } else {
                self.canonical.extend(tones);
            }
        }
        self.canonical.extend(last);
    }

    fn write_literally(&mut self, characters: &[char]) {
        if characters.is_empty() {
            return;
        }
        self.end_syllable();
        self.write_space();
        for c in characters {
            push(&mut self.canonical, *c);
        }
    }

    fn write_space(&mut self) {
        if std::mem::take(&mut self.space) {
            self.canonical.push(b' ');
        }
    }

    fn fold(&mut self, base: char, marks: &[char]) {
        match without_stroke(base) {
            Some(plain) => {
                self.folded.extend(plain.bytes());
                self.has_diacritics = true;
            }
            None if is_diacritic(base) => self.has_diacritics = true,
            None => push(&mut self.folded, base),
        }
        for mark in marks {
            if is_diacritic(*mark) {
                self.has_diacritics = true;
            } else {
                push(&mut self.folded, *mark);
            }
        }
    }

    fn into_key(self, nfc: &str) -> NameKey {
        let mut texts = [nfc.as_bytes(), &self.canonical].concat();
        let canonical_end = place(texts.len());
        if self.folded != self.canonical {
            texts.extend(&self.folded);
        }
        NameKey {
            texts: texts.into(),
            nfc_end: place(nfc.len()),
            canonical_end,
            has_diacritics: self.has_diacritics,
        }
    }
}

/// A letter of the Latin blocks with its marks on it, or something simpler. What these decompose to is in
/// canonical order.
fn is_whole_latin(c: char) -> bool {
    c < '\u{300}' || ('\u{1E00}'..='\u{1EFF}').contains(&c)
}

fn nfc(text: &str) -> Cow<'_, str> {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text.into(),
        IsNormalized::No | IsNormalized::Maybe => text.nfc().collect::<String>().into(),
    }
}

fn push(text: &mut Vec<u8>, c: char) {
    text.extend(c.encode_utf8(&mut [0; 4]).bytes());
}

fn place(at: usize) -> u16 {
    u16::try_from(at).expect("two hundred characters normalise to far less than 64 KiB")
}
