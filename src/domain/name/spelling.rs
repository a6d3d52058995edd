//! The canonical and the folded text of a name, written letter by letter.

use smallvec::SmallVec;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

use super::latin::{self, Sound};
use super::letters::{
    fold_case, is_apostrophe, is_diacritic, is_space, is_zero_width, repair, tone, vowel,
    without_stroke,
};

/// Writes both texts.
#[derive(Default)]
pub(super) struct Spelling {
    canonical: SmallVec<[u8; 96]>,
    folded: SmallVec<[u8; 64]>,
    has_diacritics: bool,
    /// A space to write before the next letter, if there is one.
    space: bool,
    /// The tones of the syllable, each with where its vowel ends.
    tones: SmallVec<[(usize, u8); 2]>,
}

impl Spelling {
    /// Of any name in NFC.
    pub(super) fn of(nfc: &str) -> Self {
        let mut visible = String::with_capacity(nfc.len());
        for c in nfc.chars().filter(|c| !is_zero_width(*c)) {
            fold_case(c, &mut visible);
        }
        let mut spelling = Self::default();
        // A character and the marks on it, in canonical order and folded case.
        let mut letter = SmallVec::<[char; 8]>::new();
        for c in visible.nfd() {
            if canonical_combining_class(c) == 0 {
                spelling.write(&letter);
                letter.clear();
            }
            letter.push(c);
        }
        spelling.write(&letter);
        spelling.end_syllable();
        spelling
    }

    /// Of a name of Latin letters whose marks are on them, as most are, which also is in NFC; nothing
    /// for others.
    pub(super) fn of_latin(name: &str) -> Option<Self> {
        let mut spelling = Self::default();
        for c in name.chars() {
            spelling.sound(latin::sound(c)?);
        }
        spelling.end_syllable();
        Some(spelling)
    }

    /// The text with the tones behind the syllables' vowels.
    pub(super) fn canonical(&self) -> &[u8] {
        &self.canonical
    }

    /// The plain letters.
    pub(super) fn folded(&self) -> &[u8] {
        &self.folded
    }

    /// Whether a letter has a mark or is beyond the basic ones.
    pub(super) fn has_diacritics(&self) -> bool {
        self.has_diacritics
    }

    fn sound(&mut self, sound: &Sound) {
        match sound {
            Sound::Nothing => {}
            Sound::Space => self.end_word(),
            Sound::Apostrophe => self.literally(b"'"),
            Sound::Vowel(letter, tone) => {
                self.fold_into(letter.folded(), letter.has_diacritics);
                self.vowel(letter.text());
                if let Some(tone) = tone {
                    self.tone(*tone);
                }
            }
            Sound::Other(letter) => {
                self.fold_into(letter.folded(), letter.has_diacritics);
                self.literally(letter.text());
            }
        }
    }

    fn write(&mut self, letter: &[char]) {
        let Some((&base, marks)) = letter.split_first() else {
            return;
        };
        let base = repair(base);
        let kind = Kind::of(base, marks);
        if matches!(kind, Kind::Vowel(_) | Kind::Other) {
            let (folded, has_diacritics) = fold(base, marks);
            self.fold_into(&folded, has_diacritics);
        }
        match kind {
            Kind::Space => {
                self.end_word();
                self.write_literally(marks);
            }
            Kind::Apostrophe => {
                self.literally(b"'");
                self.write_literally(marks);
            }
            Kind::Vowel(vowel) => {
                self.vowel(vowel.encode_utf8(&mut [0; 4]).as_bytes());
                for tone in marks.iter().copied().filter_map(tone) {
                    self.tone(tone);
                }
            }
            Kind::Other => {
                self.write_literally(&[base]);
                self.write_literally(marks);
            }
        }
    }

    fn write_literally(&mut self, characters: &[char]) {
        for c in characters {
            self.literally(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }

    fn literally(&mut self, utf8: &[u8]) {
        self.end_syllable();
        self.vowel(utf8);
    }

    /// Continues the syllable.
    fn vowel(&mut self, utf8: &[u8]) {
        if std::mem::take(&mut self.space) {
            self.canonical.push(b' ');
        }
        append(&mut self.canonical, utf8);
    }

    fn tone(&mut self, tone: u8) {
        self.tones.push((self.canonical.len(), tone));
    }

    /// Writes the tones of a syllable: a single one behind all its vowels, several where they are.
    fn end_syllable(&mut self) {
        match *self.tones {
            [] => {}
            [(_, tone)] => self.canonical.push(tone),
            [(first, _), ..] => {
                let vowels: SmallVec<[u8; 16]> = self.canonical[first..].into();
                self.canonical.truncate(first);
                let mut written = first;
                for (at, tone) in &self.tones {
                    let before = &vowels[written - first..*at - first];
                    self.canonical.extend_from_slice(before);
                    self.canonical.push(*tone);
                    written = *at;
                }
                self.canonical.extend_from_slice(&vowels[written - first..]);
            }
        }
        self.tones.clear();
    }

    fn end_word(&mut self) {
        self.end_syllable();
        self.space = !matches!(self.canonical.last(), None | Some(b'\''));
    }

    fn fold_into(&mut self, folded: &[u8], has_diacritics: bool) {
        append(&mut self.folded, folded);
        self.has_diacritics |= has_diacritics;
    }
}

/// What a letter is to a name.
pub(super) enum Kind {
    Space,
    Apostrophe,
    /// A vowel of a syllable, without the tones on it.
    Vowel(char),
    Other,
}

impl Kind {
    /// Of a letter in folded case and repaired, with the marks on it.
    pub(super) fn of(base: char, marks: &[char]) -> Self {
        if is_space(base) {
            return Self::Space;
        }
        if is_apostrophe(base) {
            return Self::Apostrophe;
        }
        let quality = marks.iter().copied().filter(|mark| tone(*mark).is_none());
        vowel(base, quality).map_or(Self::Other, Self::Vowel)
    }
}

/// What is left of a letter without its marks, and whether there were any.
pub(super) fn fold(base: char, marks: &[char]) -> (SmallVec<[u8; 8]>, bool) {
    let (mut folded, mut has_diacritics) = (SmallVec::new(), false);
    match without_stroke(base) {
        Some(plain) => {
            append(&mut folded, plain.as_bytes());
            has_diacritics = true;
        }
        None if is_diacritic(base) => has_diacritics = true,
        None => append(&mut folded, base.encode_utf8(&mut [0; 4]).as_bytes()),
    }
    for mark in marks {
        if is_diacritic(*mark) {
            has_diacritics = true;
        } else {
            append(&mut folded, mark.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    (folded, has_diacritics)
}

/// Appends a letter: one byte, most of the time.
fn append<const N: usize>(text: &mut SmallVec<[u8; N]>, utf8: &[u8])
where
    [u8; N]: smallvec::Array<Item = u8>,
{
    match utf8 {
        [byte] => text.push(*byte),
        bytes => text.extend_from_slice(bytes),
    }
}
