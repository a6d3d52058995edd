//! Text typed for TCVN3 or VNI fonts, which looks like Latin-1 once the font is gone.
//!
//! It is refused, never converted. A name of any language must pass, so a word is evidence only
//! where it is a Vietnamese syllable in the legacy encoding *and* hardly a word in any other:
//! `Traàn` is, while `João`, `Raphaël`, `Loïc`, `Seán`, `Ó hÓgáin` and `Doãn` are not. Some legacy
//! text therefore goes through (about one name in a hundred); it will match nobody.

use smallvec::SmallVec;

/// What one word must reach, or several words together.
const ENOUGH: u8 = 2;
const HALF: u8 = 1;
/// More letters than any Vietnamese syllable needs in either encoding (`Nghieäng` has eight).
const LONGEST_SYLLABLE: usize = 16;

/// True where the text can hardly be Unicode as its sender meant it.
pub(super) fn is_legacy(text: &str) -> bool {
    if !has_latin1(text) {
        return false;
    }
    let evidence: u8 = text
        .split(|c: char| c.is_whitespace() || matches!(c, '-' | '\'' | '’'))
        .filter(|word| has_latin1(word))
        .map(|word| {
            let word: SmallVec<[char; LONGEST_SYLLABLE]> = word.chars().collect();
            match word.len() {
                0..=LONGEST_SYLLABLE => symbols(&word).max(tcvn3(&word)).max(vni(&word)),
                _ => symbols(&word),
            }
        })
        .fold(0, u8::saturating_add);
    evidence >= ENOUGH
}

/// Whether there is a character of Latin-1 beyond ASCII, which all evidence needs.
fn has_latin1(text: &str) -> bool {
    // Of all UTF-8 these alone begin so.
    text.bytes().any(|byte| matches!(byte, 0xC2 | 0xC3))
}

/// The signs of Latin-1, which are letters in TCVN3 (`V¨n`, `Ph¹m`, `D­¬ng`) and the trace of
/// UTF-8 read as Latin-1 (`Nguyá»…n`). In real names there are `Mª` and the Catalan `l·l`, and the
/// acute accent that stands in for an apostrophe.
fn symbols(word: &[char]) -> u8 {
    let legacy = word.iter().enumerate().any(|(i, c)| match c {
        '´' => false,
        'ª' | 'º' => !(i == 1 && matches!(word[0], 'M' | 'm')),
        '·' => {
            let is_l = |c: Option<&char>| c.is_some_and(|c| matches!(c, 'l' | 'L'));
            !(i > 0 && is_l(word.get(i - 1)) && is_l(word.get(i + 1)))
        }
        '\u{A1}'..='\u{BF}' | '×' | '÷' => true,
        _ => false,
    });
    if legacy { ENOUGH } else { 0 }
}

/// A capital of Latin-1 inside a word of small letters (`TrÇn`, `ThÞ`, `NguyÔn`), where what is
/// behind it could end a Vietnamese syllable. Capitals of the Vietnamese alphabet count half, for
/// somebody's shift key may have stuck.
fn tcvn3(word: &[char]) -> u8 {
    let inside = word.iter().enumerate().skip(2);
    inside
        .map(|(i, c)| {
            let evidence = match (word[i - 1], c) {
                (_, 'Æ' | 'Ç' | 'Ë' | 'Î' | 'Ï' | 'Ñ' | 'Ö' | 'Ø' | 'Ü' | 'Þ') => ENOUGH,
                ('i' | 'y', 'Ò' | 'Ó' | 'Ô' | 'Õ') => ENOUGH,
                (_, 'È' | 'É' | 'Ê' | 'Ì' | 'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ý') => HALF,
                (_, _) => return 0,
            };
            let within = word[1..i].iter().all(|c| c.is_lowercase());
            if within && ends(&word[i + 1..], OPEN) {
                evidence
            } else {
                0
            }
        })
        .max()
        .unwrap_or(0)
}

/// A vowel and, behind it, the letter that VNI fonts draw as its mark (`Nguyeãn`, `Vaên`).
fn vni(word: &[char]) -> u8 {
    let could_be = |pair: &[char]| {
        let vowels = "aAeEoOuUyYôÔöÖ";
        !pair[1].is_ascii() && vowels.contains(pair[0])
    };
    if !word.windows(2).any(could_be) {
        return 0;
    }
    let word: SmallVec<[char; LONGEST_SYLLABLE]> =
        word.iter().flat_map(|c| c.to_lowercase()).collect();
    let pairs = word.windows(2).enumerate();
    pairs
        .filter_map(|(i, pair)| vni_pair(&word[..i], pair[0], pair[1], &word[i + 2..]))
        .max()
        .unwrap_or(0)
}

fn vni_pair(before: &[char], vowel: char, mark: char, after: &[char]) -> Option<u8> {
    let alone = after.is_empty();
    let (evidence, endings) = match (vowel, mark) {
        // The tones. A diaeresis is as common elsewhere: Loïc, Haïm, Luïs.
        ('a' | 'e' | 'o' | 'u' | 'y', 'ï') | ('o', 'û') => (0, OPEN),
        ('a', 'ù' | 'õ') if alone => (HALF, OPEN),
        ('a' | 'e' | 'o' | 'u', 'ø') if alone || after == ['y'] => (HALF, OPEN),
        ('a' | 'e' | 'o' | 'u' | 'y', 'ù' | 'ø' | 'û' | 'õ') => (ENOUGH, OPEN),
        ('ô' | 'ö', 'ù' | 'ø' | 'û' | 'õ' | 'ï') | ('ö', 'ô') => (ENOUGH, OPEN),
        // The circumflex, alone or with a tone. `oá`, `oà` and `oã` are Vietnamese as they stand.
        ('a', 'â' | 'á') | ('e', 'á') | ('o', 'â') => (0, CLOSED),
        ('a' | 'e' | 'o', 'å') | ('e', 'à' | 'ä') => (HALF, CLOSED),
        ('a', 'à' | 'ã' | 'ä') | ('e', 'â' | 'ã') | ('o', 'ä') => (ENOUGH, CLOSED),
        // The breve, alone or with a tone.
        ('a', 'é' | 'ú' | 'ü' | 'ë') => (0, CLOSED),
        ('a', 'è') => (HALF, CLOSED),
        ('a', 'ê') => (ENOUGH, CLOSED),
        _ => return None,
    };
    let (onset, glide) = before.split_at(onset_length(before)?);
    if !ends(after, endings)
        || (onset == ['k'] && !matches!(glide.first().unwrap_or(&vowel), 'e' | 'i' | 'y'))
    {
        return None;
    }
    let onset: String = onset.iter().collect();
    let only_vietnamese = matches!(onset.as_str(), "ng" | "ngh" | "nh" | "ph" | "tr")
        || matches!(after, ['n', 'g' | 'h'] | ['c', 'h'])
        || matches!((glide, vowel), ([.., 'i' | 'y'], 'e') | ([.., 'u'], 'o'));
    Some(if only_vietnamese { ENOUGH } else { evidence })
}

/// What may follow the vowel of an open or closed syllable.
const OPEN: &[&str] = &[
    "", "a", "c", "ch", "i", "m", "n", "ng", "nh", "o", "p", "t", "u", "y",
];
/// What may follow ă, â, ê or ô.
const CLOSED: &[&str] = &["", "c", "ch", "i", "m", "n", "ng", "nh", "p", "t", "u", "y"];

fn ends(rest: &[char], endings: &[&str]) -> bool {
    endings
        .iter()
        .any(|ending| ending.chars().eq(rest.iter().copied()))
}

/// How many letters before the vowels begin a Vietnamese syllable; at most two gliding vowels may
/// follow them. `None` for what begins none.
fn onset_length(before: &[char]) -> Option<usize> {
    const ONSETS: &[&str] = &[
        "", "b", "c", "ch", "d", "đ", "ñ", "g", "gh", "h", "k", "kh", "l", "m", "n", "ng", "ngh",
        "nh", "p", "ph", "q", "r", "s", "t", "th", "tr", "v", "x",
    ];
    let glides = before
        .iter()
        .rev()
        .take_while(|c| matches!(c, 'i' | 'o' | 'u' | 'y' | 'ö'));
    let onset = before.len() - glides.count();
    (before.len() - onset <= 2 && ends(&before[..onset], ONSETS)).then_some(onset)
}
