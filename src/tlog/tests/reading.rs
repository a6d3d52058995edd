//! Notes are read strictly: one note, one text.

use proptest::prelude::*;

use super::super::{Checkpoint, MAX_NOTE_LENGTH, MAX_SIGNATURES, Note, NoteError, Signature};
use super::notes::{AT, line, log, unsigned};

#[test]
fn the_cosigned_checkpoint_of_the_specification_is_read_and_written() {
    let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
        — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\
        — witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";
    let note = Note::parse(text).unwrap();
    assert_eq!(note.to_string(), text);
    assert_eq!(Checkpoint::parse_own(note.text()).unwrap().size, 20_852_163);
    let [by_log, by_witness] = note.signatures() else {
        panic!("it has two signatures")
    };
    assert_eq!((by_log.id, by_log.bytes.len()), (0x033d_e0ae, 64));
    assert_eq!(by_witness.name, "witness.example.com/w1");
    assert_eq!(by_witness.bytes[..8], AT.to_be_bytes());
    assert_eq!(by_witness.bytes.len(), 72);
}

#[test]
fn a_text_with_an_empty_line_ends_at_the_last_one() {
    let text = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n\
        — quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";
    let note = Note::parse(text).unwrap();
    assert!(note.text().ends_with(":\n\ned è subito sera.\n"));
    assert_eq!(note.to_string(), text);
    let ends_empty = "a\n\n\n— n AAAAAAA=\n";
    assert_eq!(Note::parse(ends_empty).unwrap().text(), "a\n\n");
}

#[test]
fn what_is_not_a_note_is_refused() {
    let cases = [
        ("", NoteError::Form),
        ("\n", NoteError::Form),
        ("text\n", NoteError::Form),
        ("text\n— n AAAAAAA=\n", NoteError::Form),
        ("text\n\n— n AAAAAAA=", NoteError::Form),
        ("\n— n AAAAAAA=\n", NoteError::Form),
        ("text\n\n", NoteError::Form),
        ("text\n\n\n", NoteError::Form),
        ("text\n\nmore\n", NoteError::Line),
        ("text\n\n- n AAAAAAA=\n", NoteError::Line),
        ("text\n\n—  n AAAAAAA=\n", NoteError::Line),
        ("text\n\n— n  AAAAAAA=\n", NoteError::Line),
        ("text\n\n— n AAAAAAA= \n", NoteError::Line),
        ("text\n\n— n\u{a0}m AAAAAAA=\n", NoteError::Line),
        ("text\n\n— n+m AAAAAAA=\n", NoteError::Line),
        ("text\n\n— n AAAAAA==\n", NoteError::Line),
        ("text\n\n— n AAAAAAA\n", NoteError::Line),
        ("text\n\n— n AAAAAAB=\n", NoteError::Line),
        ("text\n\n—  AAAAAAA=\n", NoteError::Line),
        ("text\n\n— n\n", NoteError::Line),
        ("text\n\n— n AAAAAAA=\nx\n", NoteError::Line),
        ("text\r\n\r\n— n AAAAAAA=\r\n", NoteError::Control),
        ("text\n\n— n AAAAAAA=\r\n", NoteError::Control),
        ("te\txt\n\n— n AAAAAAA=\n", NoteError::Control),
        ("te\0xt\n\n— n AAAAAAA=\n", NoteError::Control),
        ("te\u{1b}xt\n\n— n AAAAAAA=\n", NoteError::Control),
    ];
    for (text, error) in cases {
        assert_eq!(Note::parse(text), Err(error), "{text:?}");
    }
    assert!(Note::parse("text\n\n— n AAAAAAA=\n").is_ok());
    for text in ["", "no newline", "a\r\n", "a\0\n"] {
        assert_eq!(Note::new(text), None, "{text:?}");
    }
}

#[test]
fn a_note_has_64_signatures_and_64_kib_at_most() {
    let with = |count| {
        let mut note = unsigned();
        for _ in 0..count {
            note.push(line("n"));
        }
        Note::parse(&note.to_string()).map(|note| note.signatures().len())
    };
    assert_eq!(with(MAX_SIGNATURES), Ok(MAX_SIGNATURES));
    assert_eq!(with(MAX_SIGNATURES + 1), Err(NoteError::Signatures));
    let end = "\n\n— n AAAAAAA=\n";
    let long = |length: usize| Note::parse(&format!("{}{end}", "a".repeat(length - end.len())));
    assert!(long(MAX_NOTE_LENGTH).is_ok());
    assert_eq!(long(MAX_NOTE_LENGTH + 1), Err(NoteError::Length));
}

#[test]
fn a_line_is_read_with_and_without_its_newline() {
    let text = line("n").to_string();
    assert!(text.ends_with('\n'));
    assert_eq!(text.parse(), Ok(line("n")));
    assert_eq!(text.trim_end().parse(), Ok(line("n")));
    assert_eq!(
        format!("{text}\n").parse::<Signature>(),
        Err(NoteError::Line)
    );
    assert_eq!(text.repeat(2).parse::<Signature>(), Err(NoteError::Line));
}

proptest! {
    #[test]
    fn any_text_is_a_note_or_refused(text in any::<String>(), near in "([a\n—\r\t]{0,6}\n){0,2}\n(— [a ]{1,2} [A-D=]{0,9}\n?){0,2}") {
        for text in [text, near] {
            if let Ok(note) = Note::parse(&text) {
                prop_assert_eq!(note.to_string(), text);
                prop_assert!(note.verify(&[log()]) == Err(NoteError::Unknown));
            }
        }
    }
}
