//! What is taken as a name, the levels by example, and the laws they keep.

use proptest::prelude::*;
use rstest::rstest;
use unicode_normalization::UnicodeNormalization;

use super::*;

fn key(text: &str) -> NameKey {
    NameKey::of(&Name::parse(text).unwrap())
}

fn level(record: &str, claim: &str) -> Level {
    key(record).compare(&key(claim))
}

#[rstest]
#[case("An")]
#[case("Ý")]
#[case("H'Hen Niê")]
#[case("Y Moan Êñuôl")]
#[case("Kpă Y Dú")]
#[case("Ƀuôn Krông")]
#[case("K'Bröih")]
#[case("Doãn Thế Toàn")]
#[case("Hoàng Oánh Khoá")]
#[case("HOÀNG THỊ HOÈ")]
#[case("Ðặng Văn Ðức")]
#[case("Müller")]
#[case("François Noël")]
#[case("Loïc Naïm")]
#[case("Anaïs Raphaël Gaëlle Loïs")]
#[case("Héloïse Saâd Laëtitia")]
#[case("Nuñez")]
#[case("João Leão Conceição")]
#[case("Seán Ó hÓgáin")]
#[case("Gaál Haász")]
#[case("Raúl Saá")]
#[case("Veå")]
#[case("Esaù Cantù")]
#[case("Mª Carmen")]
#[case("Gal·la")]
#[case("O´Neill")]
#[case("Søren Ærø Þórr Straße")]
#[case("McÉvoy")]
#[case("Иван")]
#[case("阮文安")]
#[case("देवी")]
fn names_of_every_origin_are_taken_as_they_are(#[case] text: &str) {
    assert_eq!(
        Name::parse(&format!(" \t{text}\u{3000} "))
            .unwrap()
            .as_str(),
        text
    );
    assert!(Name::parse(&text.to_uppercase()).is_ok());
    assert!(Name::parse(&text.to_lowercase()).is_ok());
}

#[rstest]
#[case::tcvn3("NguyÔn V¨n An")]
#[case::tcvn3("TrÇn ThÞ HuÖ")]
#[case::tcvn3("NguyÔn Anh")]
#[case::tcvn3("Ph¹m Hoµng")]
#[case::tcvn3("D\u{AD}¬ng")]
#[case::tcvn3("H\u{AD}ng")]
#[case::tcvn3("Lª")]
#[case::tcvn3("NguyÔn TuÊn")]
#[case::tcvn3("§ç M¹nh")]
#[case::tcvn3("Vâ ThÞ S¸u")]
#[case::vni("Nguyeãn Vaên An")]
#[case::vni("NGUYEÃN VAÊN AN")]
#[case::vni("Traàn Thò Lan")]
#[case::vni("Leâ Minh")]
#[case::vni("Phaïm Minh")]
#[case::vni("Hoaøng")]
#[case::vni("Ñaëng")]
#[case::vni("Buøi Thò Loan")]
#[case::vni("Vuõ Döông")]
#[case::vni("Ngoïc")]
#[case::utf8_read_as_latin1("Nguyá»…n")]
#[case::utf8_read_as_latin1("LÃª")]
fn legacy_encodings_are_refused_and_never_guessed(#[case] text: &str) {
    assert_eq!(Name::parse(text), Err(NameError::LegacyEncoding));
}

#[rstest]
#[case("", NameError::Length)]
#[case(" \u{A0}\u{3000}", NameError::Length)]
#[case("An\0", NameError::Control)]
#[case("An\u{85}Nam", NameError::Control)]
#[case("Nguy\u{FFFD}n", NameError::Unreadable)]
#[case("123", NameError::NoLetter)]
#[case("'-", NameError::NoLetter)]
#[case("\u{200B}", NameError::NoLetter)]
#[case("\u{3164}", NameError::NoLetter)]
#[case("\u{345}\u{363}", NameError::NoLetter)]
fn what_cannot_be_a_name_is_refused(#[case] text: &str, #[case] error: NameError) {
    assert_eq!(Name::parse(text), Err(error));
}

#[test]
fn length_counts_characters_after_trimming_and_before_normalising() {
    assert!(Name::parse(&format!("  {}  ", "ễ".repeat(200))).is_ok());
    assert_eq!(Name::parse(&"ễ".repeat(201)), Err(NameError::Length));
    assert_eq!(
        Name::parse(&format!("A{}", "\u{301}".repeat(5_000))),
        Err(NameError::Length)
    );
}

#[rstest]
#[case("Nguyễn Văn Hòa", "Nguyễn Văn Hoà")]
#[case("Thúy", "Thuý")]
#[case("Qúy", "Quý")]
#[case("Cuả", "Của")]
#[case("Gìang", "Giàng")]
#[case("Khuyến", "Khúyên")]
#[case("An\u{200B} Nam", "an\u{2028}NAM\u{FEFF}")]
#[case("An-Nam", "An  Nam")]
#[case("An\u{2011}Nam", "An\u{2009}Nam")]
#[case("H'Hen", "Hʼ Hen")]
#[case("H’ Hen", "h'hen")]
#[case("Ðức", "đức")]
#[case("Ɖức", "Đức")]
#[case("ɖức", "Đức")]
#[case("ĐẶNG", "ðặng")]
#[case("Straße", "STRASSE")]
#[case("ΣΊΣΥΦΟΣ", "Σίσυφος")]
#[case("Êñuôl", "E\u{302}n\u{303}UO\u{302}L")]
fn spellings_of_one_name_are_canonical(#[case] a: &str, #[case] b: &str) {
    assert!(level(a, b) >= Level::Canonical);
}

#[rstest]
#[case("Hoa", "Hòa")]
#[case("Nguyễn Vân An", "Nguyễn Văn An")]
#[case("José", "Jóse")]
#[case("Hòà", "Hòa")]
#[case("Hòá", "Hóà")]
#[case("Ñam", "Nam")]
#[case("Müller", "Muller")]
#[case("Łukasz Sørensen", "LUKASZ SORENSEN")]
#[case("Ærø", "AERO")]
#[case("H'Hen Niê", "HHENNIE")]
#[case("Ƀuôn", "BUON")]
#[case("An Nam", "Annam")]
#[case("Işık", "Isik")]
#[case("Irmak", "ırmak")]
#[case("Нийл", "Ниил")]
fn names_apart_by_diacritics_or_spaces_are_folded(#[case] a: &str, #[case] b: &str) {
    assert_eq!(level(a, b), Level::Folded);
}

#[rstest]
#[case::i_and_y("Lý", "Lí")]
#[case::regional("Hoàng", "Huỳnh")]
#[case::word_order("Văn An Nguyễn", "Nguyễn Văn An")]
#[case::repeated_word("Nguyễn An An", "Nguyễn An")]
#[case::honorific("Ông Nguyễn An", "Nguyễn An")]
#[case::cyrillic_a("Аn", "An")]
#[case::greek_o("Νgο", "Ngo")]
#[case::full_width("Ａn", "An")]
#[case::vowel_signs("देवी", "देव")]
fn other_names_are_different(#[case] a: &str, #[case] b: &str) {
    assert_eq!(level(a, b), Level::Different);
}

#[rstest]
#[case("hoà", "hoa\u{300}")]
#[case("hòa", "hoa\u{300}")]
#[case("hòá", "ho\u{300}a\u{301}")]
#[case("hòếi", "ho\u{300}ê\u{301}i")]
#[case("hòáỉu", "ho\u{300}a\u{301}i\u{309}u")]
#[case("o\u{300}\u{301}a", "o\u{300}\u{301}a")]
#[case("hòá quý", "ho\u{300}a\u{301} quy\u{301}")]
fn a_single_tone_of_a_syllable_goes_behind_it_and_several_stay(
    #[case] text: &str,
    #[case] canonical: &str,
) {
    assert_eq!(key(text).readable_for_tests(), canonical);
}

#[test]
fn exact_is_the_same_text_whatever_its_normal_form() {
    let name = "Nguyễn Thị Huệ";
    assert_eq!(level(name, &name.nfd().collect::<String>()), Level::Exact);
    assert_eq!(level(name, &name.to_uppercase()), Level::Canonical);
}

#[rstest]
#[case("NGUYENVANAN", true)]
#[case("Nguyen Van An", true)]
#[case("Nguyễn Vân An", false)]
#[case("Nguyen Văn An", false)]
#[case("Nguyen Van An\u{301}", false)]
fn folded_counts_only_without_any_diacritic(#[case] claim: &str, #[case] accepted: bool) {
    let (record, claim) = (key("Nguyễn Văn An"), key(claim));
    let level = record.compare(&claim);
    assert_eq!(level, Level::Folded);
    assert_eq!(
        accepts(level, claim.has_diacritics(), NameMatch::Folded),
        accepted
    );
    assert!(!accepts(
        level,
        claim.has_diacritics(),
        NameMatch::Canonical
    ));
}

#[test]
fn a_d_with_stroke_counts_as_a_diacritic() {
    assert!(key("Đan").has_diacritics());
    assert!(key("Ðan").has_diacritics());
    assert!(!key("H'Hen-Dan").has_diacritics());
}

#[test]
fn levels_are_ordered_and_only_the_upper_two_always_count() {
    let mut levels = [
        Level::Folded,
        Level::Exact,
        Level::Different,
        Level::Canonical,
    ];
    levels.sort();
    assert_eq!(
        levels.map(Level::as_str),
        ["different", "folded", "canonical", "exact"]
    );
    for mode in [NameMatch::Canonical, NameMatch::Folded] {
        assert_eq!(NameMatch::from_text(mode.as_str()), Ok(mode));
        assert!(accepts(Level::Exact, true, mode) && accepts(Level::Canonical, true, mode));
        assert!(!accepts(Level::Different, false, mode));
    }
}

#[test]
fn debug_shows_nothing_of_the_name() {
    let name = Name::parse("Nguyễn Văn An").unwrap();
    let shown = format!("{name:?} {:?}", NameKey::of(&name));
    assert_eq!(shown, "Name(***) NameKey(***)");
}

fn bytes(key: &NameKey) -> usize {
    let texts = key.texts();
    [texts.nfc, texts.canonical, texts.folded]
        .map(<[u8]>::len)
        .iter()
        .sum()
}

#[test]
fn a_key_is_small_enough_for_millions() {
    assert!(size_of::<NameKey>() <= 24);
    let name = "Nguyễn Văn An";
    assert!(bytes(&key(name)) <= 3 * name.len());
}

#[test]
fn every_single_latin_letter_makes_the_same_key_by_the_table_and_by_the_rules() {
    let mut by_table = 0;
    for c in ('\0'..'\u{300}').chain('\u{1E00}'..='\u{1EFF}') {
        for text in [format!("{c}"), format!("a{c}"), format!("{c}a{c}")] {
            let name = Name::registered(&text);
            assert_eq!(NameKey::of(&name), NameKey::by_rules(&name), "{c:?}");
        }
        by_table += usize::from(latin::sound(c).is_some());
    }
    // All but those that become several letters, such as ß.
    assert!(by_table > 980, "{by_table}");
}

/// Syllables with every Vietnamese vowel, and some of the Central Highlands.
fn vietnamese() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "Nguyễn", "Trần", "Lê", "Đặng", "Phạm", "Võ", "Đỗ", "Văn", "Thị", "Ngọc", "Hòa", "Thúy",
        "Quý", "Của", "Dương", "Huệ", "Hoàn", "Khuyến", "Ý", "H'Hen", "Niê", "Êñuôl", "Kpă", "Mlô",
        "Y", "Bùi", "Giàng", "Ánh", "Hưởng", "Tuyết",
    ]);
    prop::collection::vec(word, 1..6).prop_map(|words| words.join(" "))
}

/// Any text that is a name, most of them hostile.
fn any_name() -> impl Strategy<Value = Name> {
    let character = prop_oneof![
        any::<char>(),
        prop::sample::select(
            "aăâeêioôơuưyđðnñhHAĐ' ’ʼ-\u{A0}\u{200B}"
                .chars()
                .collect::<Vec<_>>()
        ),
        prop::char::range('\u{300}', '\u{36F}'),
    ];
    prop::collection::vec(character, 0..40)
        .prop_map(|characters| characters.into_iter().chain(['x']).collect::<String>())
        .prop_filter_map("not a name", |text| Name::parse(&text).ok())
}

/// Moves the tone of every syllable to another of its vowels.
fn move_tones(text: &str) -> String {
    let is_tone = |c: char| letters::tone(c).is_some();
    let is_vowel = |c: char| letters::vowel(c.to_ascii_lowercase(), [].into_iter()).is_some();
    let mut moved = String::new();
    let (mut first, mut run): (Option<usize>, Vec<char>) = (None, Vec::new());
    let letters: Vec<char> = text.nfd().chain(['.']).collect();
    let mut held: Vec<char> = Vec::new();
    for c in letters {
        let in_run = is_vowel(c)
            || (first.is_some() && (is_tone(c) || matches!(c, '\u{302}' | '\u{306}' | '\u{31B}')));
        if in_run {
            if is_tone(c) {
                held.push(c);
            } else {
                first.get_or_insert(run.len());
                run.push(c);
            }
        } else {
            // All tones go onto the first vowel of the run.
            moved.extend(run.drain(..1.min(run.len())));
            moved.extend(held.drain(..));
            moved.extend(run.drain(..));
            first = None;
            moved.push(c);
        }
    }
    moved.pop();
    moved
}

#[test]
fn the_test_moves_tones() {
    assert_eq!(move_tones("Thuý").nfc().collect::<String>(), "Thúy");
    assert_eq!(
        move_tones("Hoàng Êñuôl").nfc().collect::<String>(),
        "Hòang Êñuôl"
    );
}

proptest! {
    #[test]
    fn case_space_apostrophe_and_tone_place_never_matter(name in vietnamese(), swap: u64) {
        let record = key(&name);
        let mixed: String = name
            .chars()
            .enumerate()
            .flat_map(|(i, c)| -> Vec<char> {
                if swap >> (i % 64) & 1 == 1 { c.to_uppercase().collect() } else { vec![c] }
            })
            .collect();
        let variants = [
            name.to_uppercase(),
            name.to_lowercase(),
            name.nfd().collect(),
            name.replace(' ', "\u{A0}\u{3000} "),
            name.replace(' ', "-"),
            name.replace('\'', "’ "),
            name.replace('Đ', "\u{D0}").replace('đ', "\u{F0}"),
            move_tones(&name),
            move_tones(&name.to_uppercase()),
            format!("\u{200B}{name}\u{FEFF}"),
        ];
        for variant in variants.iter().chain(Name::parse(&mixed).is_ok().then_some(&mixed)) {
            prop_assert!(record.compare(&key(variant)) >= Level::Canonical, "{variant}");
        }
    }

    #[test]
    fn dropping_all_diacritics_is_folded_and_accepted_only_by_agreement(name in vietnamese()) {
        let plain: String = name
            .nfd()
            .filter(|c| !letters::is_diacritic(*c))
            .map(|c| match c { 'đ' => 'd', 'Đ' => 'D', _ => c })
            .filter(|c| *c != ' ')
            .collect();
        let (record, claim) = (key(&name), key(&plain));
        let level = record.compare(&claim);
        prop_assert!(level >= Level::Folded);
        prop_assert!(!claim.has_diacritics());
        prop_assert!(accepts(level, claim.has_diacritics(), NameMatch::Folded));
        prop_assert_eq!(
            accepts(level, claim.has_diacritics(), NameMatch::Canonical),
            level >= Level::Canonical
        );
    }

    #[test]
    fn levels_are_symmetric_and_a_name_is_exactly_itself(a in any_name(), b in any_name()) {
        let (a, b) = (NameKey::of(&a), NameKey::of(&b));
        prop_assert_eq!(a.compare(&b), b.compare(&a));
        prop_assert_eq!(a.compare(&a.clone()), Level::Exact);
    }

    #[test]
    fn vietnamese_names_compare_alike_from_both_sides(a in vietnamese(), b in vietnamese()) {
        let (a, b) = (key(&a), key(&b));
        prop_assert_eq!(a.compare(&b), b.compare(&a));
    }

    #[test]
    fn normal_forms_are_the_same_name(name in any_name()) {
        let record = NameKey::of(&name);
        for form in [name.as_str().nfc().collect::<String>(), name.as_str().nfd().collect()] {
            // Normalising can make a name too long; what is taken compares as exact.
            if let Ok(name) = Name::parse(&form) {
                // In every part: letters are taken apart in two ways.
                prop_assert_eq!(&record, &NameKey::of(&name));
            }
        }
    }

    #[test]
    fn latin_letters_make_the_same_key_by_the_table_and_by_the_rules(
        text in prop::collection::vec(prop_oneof![
            4 => prop::char::range('A', 'z'),
            2 => prop::char::range('\u{1EA0}', '\u{1EFF}'),
            1 => prop::char::range(' ', '\u{2FF}'),
            1 => prop::char::range('\u{1E00}', '\u{1EFF}'),
        ], 1..40)
    ) {
        let name = Name::registered(&text.into_iter().collect::<String>());
        prop_assert_eq!(NameKey::of(&name), NameKey::by_rules(&name));
    }

    #[test]
    fn canonical_text_is_its_own_canonical_text(name in any_name()) {
        let record = NameKey::of(&name);
        if let Ok(again) = Name::parse(&record.readable_for_tests()) {
            let again = NameKey::of(&again);
            prop_assert!(record.compare(&again) >= Level::Canonical);
            prop_assert_eq!(again.readable_for_tests(), record.readable_for_tests());
        }
    }

    #[test]
    fn case_never_matters_in_any_script(name in any_name()) {
        let record = NameKey::of(&name);
        // In normal form: upper case makes a letter of the Greek iota below, wherever it stood.
        let normal: String = name.as_str().nfc().collect();
        for variant in [normal.to_uppercase(), normal.to_lowercase()] {
            if name.as_str().contains(['ı', 'İ']) {
                continue;
            }
            if let Ok(variant) = Name::parse(&variant) {
                prop_assert!(record.compare(&NameKey::of(&variant)) >= Level::Canonical);
            }
        }
    }

    #[test]
    fn a_claim_with_diacritics_is_never_accepted_as_folded(a in vietnamese(), b in vietnamese()) {
        let (record, claim) = (key(&a), key(&b));
        let marked = b.nfd().any(|c| letters::is_diacritic(c) || matches!(c, 'đ' | 'Đ'));
        prop_assert_eq!(claim.has_diacritics(), marked);
        if marked && accepts(record.compare(&claim), marked, NameMatch::Folded) {
            prop_assert!(record.compare(&claim) >= Level::Canonical);
        }
    }

    #[test]
    fn any_text_is_judged_without_panic(text in any::<String>()) {
        if let Ok(name) = Name::parse(&text) {
            NameKey::of(&name);
        }
    }

    #[test]
    fn names_of_two_hundred_hostile_characters_fit_a_key(c: char, mark in prop::char::range('\u{300}', '\u{36F}')) {
        for text in [c.to_string().repeat(200), format!("x{}", [c, mark].iter().collect::<String>().repeat(99))] {
            if let Ok(name) = Name::parse(&text) {
                let key = NameKey::of(&name);
                prop_assert!(bytes(&key) < usize::from(u16::MAX) / 2);
            }
        }
    }
}
