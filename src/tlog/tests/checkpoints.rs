//! Checkpoints are read strictly, so one head has one text.

use proptest::prelude::*;

use super::super::{Checkpoint, CheckpointError, Hash, MAX_SIZE};

const ROOT: &str = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";

#[test]
fn the_checkpoint_of_the_specification_is_read_and_written() {
    let text = format!("example.com/behind-the-sofa\n20852163\n{ROOT}\n");
    let checkpoint = Checkpoint::parse(&text).unwrap();
    assert_eq!(checkpoint.origin, "example.com/behind-the-sofa");
    assert_eq!(checkpoint.size, 20_852_163);
    assert_eq!(checkpoint.root.to_string(), ROOT);
    assert_eq!(checkpoint.text(), text);
    assert_eq!(Checkpoint::parse_own(&text), Ok(checkpoint));
}

#[test]
fn extension_lines_are_read_but_never_our_own() {
    let text = format!("o\n1\n{ROOT}\nextension\nanother\n");
    let checkpoint = Checkpoint::parse(&text).unwrap();
    assert_eq!((checkpoint.origin.as_str(), checkpoint.size), ("o", 1));
    assert_eq!(
        Checkpoint::parse_own(&text),
        Err(CheckpointError::Extension)
    );
}

#[test]
fn what_is_not_a_checkpoint_is_refused() {
    let refused = |text: String, error| {
        assert_eq!(Checkpoint::parse(&text), Err(error), "{text:?}");
        assert_eq!(Checkpoint::parse_own(&text), Err(error), "{text:?}");
    };
    for text in [
        "",
        "\n",
        "\n\n\n",
        "o\n",
        "o\n1\n",
        "\n1\nROOT\n",
        "o\n\nROOT\n",
        "o\n1\nROOT",
        "o\n1\nROOT\n\n",
        "o\n1\nROOT\n\nx\n",
        "o\n1\n\n",
    ] {
        refused(text.replace("ROOT", ROOT), CheckpointError::Form);
    }
    for size in [
        "01",
        "00",
        "+1",
        "-1",
        " 1",
        "1 ",
        "1.0",
        "0x1",
        "१",
        "9223372036854775808",
        "18446744073709551616",
    ] {
        refused(format!("o\n{size}\n{ROOT}\n"), CheckpointError::Size);
    }
    let short = &ROOT[..40];
    let trailing_bits = ROOT.replace("I=", "J=");
    let url_safe = ROOT.replace('/', "_");
    for root in [
        short,
        &trailing_bits,
        &url_safe,
        &format!("{ROOT}="),
        &format!(" {ROOT}"),
        &format!("{ROOT}\r"),
    ] {
        refused(format!("o\n1\n{root}\n"), CheckpointError::Root);
    }
}

#[test]
fn sizes_go_from_nothing_to_the_largest() {
    for size in [0, 1, MAX_SIZE] {
        let text = format!("o\n{size}\n{ROOT}\n");
        assert_eq!(Checkpoint::parse_own(&text).unwrap().size, size);
    }
}

proptest! {
    #[test]
    fn every_checkpoint_round_trips_and_is_theirs(origin in "[^\\s\\pC]{1,40}", size in 0..=MAX_SIZE, root: [u8; 32]) {
        let checkpoint = Checkpoint { origin, size, root: Hash(root) };
        let text = checkpoint.text();
        let theirs = tlog_tiles::Checkpoint::from_bytes(text.as_bytes()).unwrap();
        prop_assert_eq!((theirs.origin(), theirs.size(), theirs.hash().0), (checkpoint.origin.as_str(), size, root));
        prop_assert_eq!(theirs.to_bytes(), text.as_bytes());
        prop_assert_eq!(Checkpoint::parse_own(&text), Ok(checkpoint));
    }

    #[test]
    fn any_text_is_a_checkpoint_or_refused(text in any::<String>(), near in "[a-z]{0,3}\n[0-9]{0,3}\n[A-Za-z0-9+/]{43}=\n?") {
        for text in [text, near] {
            if let Ok(checkpoint) = Checkpoint::parse_own(&text) {
                prop_assert_eq!(checkpoint.text(), text);
            }
        }
    }
}
