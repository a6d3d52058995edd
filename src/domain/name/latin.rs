//! The letters of the Latin blocks with their marks on them, taken apart once for all names: looking them
//! up in the tables of Unicode costs more than everything else that is done for a question.

use std::sync::LazyLock;

use smallvec::SmallVec;
use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::letters::{fold_case, is_zero_width, repair, tone};
use super::spelling::{Kind, fold};

/// Up to the combining marks: Basic Latin to the modifier letters.
const LOW: u32 = 0x300;
/// Latin Extended Additional, with the vowels of Vietnamese that have two marks.
const ADDITIONAL: u32 = 0x1E00;
const LENGTH: u32 = LOW + 0x100;

/// What a character is to a name.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sound {
    /// Nothing that is seen.
    Nothing,
    /// A separator of words.
    Space,
    /// An apostrophe of any kind.
    Apostrophe,
    /// A vowel of a syllable, and the tone on it.
    Vowel(Letter, Option<u8>),
    /// Any other letter or sign.
    Other(Letter),
}

/// A letter in its canonical form, and what is left of it without marks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Letter {
    text: [u8; 6],
    text_length: u8,
    folded: [u8; 2],
    folded_length: u8,
    pub has_diacritics: bool,
}

impl Letter {
    fn new(text: &[u8], folded: &[u8], has_diacritics: bool) -> Option<Self> {
        let mut letter = Self {
            text: [0; 6],
            text_length: u8::try_from(text.len()).ok()?,
            folded: [0; 2],
            folded_length: u8::try_from(folded.len()).ok()?,
            has_diacritics,
        };
        letter.text.get_mut(..text.len())?.copy_from_slice(text);
        let room = letter.folded.get_mut(..folded.len())?;
        room.copy_from_slice(folded);
        Some(letter)
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text[..usize::from(self.text_length)]
    }

    pub(super) fn folded(&self) -> &[u8] {
        &self.folded[..usize::from(self.folded_length)]
    }
}

/// What the character is to a name; nothing where it is not of these blocks, becomes several letters
/// in folded case, or is another character in NFC.
pub(super) fn sound(c: char) -> Option<&'static Sound> {
    static SOUNDS: LazyLock<Box<[Option<Sound>]>> =
        LazyLock::new(|| (0..LENGTH).map(|at| take_apart(character(at)?)).collect());
    let code = u32::from(c);
    let at = match code {
        0..LOW => code,
        ADDITIONAL..=0x1EFF => code - ADDITIONAL + LOW,
        _ => return None,
    };
    SOUNDS[usize::try_from(at).ok()?].as_ref()
}

/// The character of that place in the table.
fn character(at: u32) -> Option<char> {
    char::from_u32(if at < LOW { at } else { at - LOW + ADDITIONAL })
}

fn take_apart(c: char) -> Option<Sound> {
    if is_nfc_quick([c].into_iter()) != IsNormalized::Yes {
        return None;
    }
    if is_zero_width(c) {
        return Some(Sound::Nothing);
    }
    let mut folded = String::new();
    fold_case(c, &mut folded);
    let letter: SmallVec<[char; 4]> = folded.nfd().collect();
    let (&base, marks) = letter.split_first()?;
    let base = repair(base);
    if marks.iter().any(|c| canonical_combining_class(*c) == 0) {
        return None;
    }
    let (folded, has_diacritics) = fold(base, marks);
    match Kind::of(base, marks) {
        Kind::Space => marks.is_empty().then_some(Sound::Space),
        Kind::Apostrophe => marks.is_empty().then_some(Sound::Apostrophe),
        Kind::Vowel(vowel) => {
            let mut tones = marks.iter().copied().filter_map(tone);
            let first = tones.next();
            if tones.next().is_some() {
                return None;
            }
            let text = vowel.to_string();
            let letter = Letter::new(text.as_bytes(), &folded, has_diacritics)?;
            Some(Sound::Vowel(letter, first))
        }
        Kind::Other => {
            let text: String = [base].iter().chain(marks).collect();
            Letter::new(text.as_bytes(), &folded, has_diacritics).map(Sound::Other)
        }
    }
}
