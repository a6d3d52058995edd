//! Single characters: which vanish, which are alike, and what is left of one without its marks.

/// Full case folding, which is lower, upper and lower case in turn (ß becomes ss), but for the
/// dotless ı: it has no case of its own, and upper case would turn it into i. No locale.
pub(super) fn fold_case(c: char, out: &mut String) {
    match c {
        _ if c.is_ascii() => out.push(c.to_ascii_lowercase()),
        'ı' => out.push(c),
        _ => out.extend(
            c.to_lowercase()
                .flat_map(char::to_uppercase)
                .flat_map(char::to_lowercase),
        ),
    }
}

/// Đ typed as the eth of Latin-1 or as the African Đ, which look the same. In lower case.
pub(super) fn repair(c: char) -> char {
    match c {
        'ð' | 'ɖ' => 'đ',
        _ => c,
    }
}

/// Takes no room in print: zero-width spaces and joiners, direction marks, variation selectors,
/// the byte order mark, fillers.
pub(super) fn is_zero_width(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
        | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}')
}

/// U+0027, U+2019 and U+02BC, which keyboards and word processors exchange.
pub(super) fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | 'ʼ')
}

/// Separates words: white space of any kind, and hyphens.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '\u{2010}' | '\u{2011}')
}

/// The marks of the five Vietnamese tones, as a byte that never occurs in UTF-8.
pub(super) fn tone(mark: char) -> Option<u8> {
    match mark {
        '\u{0300}' => Some(0xF8),
        '\u{0309}' => Some(0xF9),
        '\u{0303}' => Some(0xFA),
        '\u{0301}' => Some(0xFB),
        '\u{0323}' => Some(0xFC),
        _ => None,
    }
}

/// A Vietnamese vowel from its base and the marks that make it another letter: a ă â e ê i o ô ơ
/// u ư y. `None` for every other letter, whose marks then all belong to it.
pub(super) fn vowel(base: char, marks: impl Iterator<Item = char>) -> Option<char> {
    marks.fold(plain_vowel(base), |letter, mark| {
        Some(match (letter?, mark) {
            ('a', '\u{0306}') => 'ă',
            ('a', '\u{0302}') => 'â',
            ('e', '\u{0302}') => 'ê',
            ('o', '\u{0302}') => 'ô',
            ('o', '\u{031B}') => 'ơ',
            ('u', '\u{031B}') => 'ư',
            _ => return None,
        })
    })
}

fn plain_vowel(base: char) -> Option<char> {
    matches!(base, 'a' | 'e' | 'i' | 'o' | 'u' | 'y').then_some(base)
}

/// A combining mark of Latin, Greek and Cyrillic, dropped when folding. The vowel signs of other
/// scripts are not: without them other names are left.
pub(super) fn is_diacritic(mark: char) -> bool {
    matches!(mark,
        '\u{0300}'..='\u{036F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}'
        | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
}

/// The Latin letters without their stroke, and the two joined ones apart; as passports and old
/// systems write them. `None` for letters that stay.
pub(super) fn without_stroke(letter: char) -> Option<&'static str> {
    Some(match letter {
        'đ' | 'ɗ' => "d",
        'ƀ' | 'ɓ' => "b",
        'ø' => "o",
        'ł' => "l",
        'ħ' => "h",
        'ŧ' => "t",
        'ɨ' | 'ı' => "i",
        'ʉ' => "u",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        _ => return None,
    })
}
