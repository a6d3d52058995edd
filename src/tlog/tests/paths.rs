//! Paths of tiles: one form each, and nothing else is read.

use proptest::prelude::*;

use super::super::{TileId, TilePath, TilePathError};

fn path(level: u8, index: u64, width: u16) -> TilePath {
    TilePath {
        tile: TileId { level, index },
        width,
    }
}

#[test]
fn the_path_of_the_specification_is_read_and_written() {
    let cases = [
        (path(0, 0, 256), "0/000"),
        (path(0, 273, 112), "0/273.p/112"),
        (path(4, 1_234_067, 1), "4/x001/x234/067.p/1"),
        (path(1, 1_000, 256), "1/x001/000"),
        (
            path(63, u64::MAX, 255),
            "63/x018/x446/x744/x073/x709/x551/615.p/255",
        ),
    ];
    for (path, text) in cases {
        assert_eq!(path.to_string(), text);
        assert_eq!(text.parse(), Ok(path));
    }
}

#[test]
fn any_other_form_of_a_path_is_refused() {
    let refused = [
        "",
        "/",
        "0",
        "0/",
        "/000",
        "0/0",
        "0/00",
        "0/0000",
        "00/000",
        "01/000",
        "64/000",
        "256/000",
        "-1/000",
        "+1/000",
        " 0/000",
        "0/000 ",
        "0/000\n",
        "0/x000",
        "0/x000/001",
        "0/x001",
        "0/x001/",
        "0/001/002",
        "0/x001/x002",
        "0/X001/002",
        "0/xx01/002",
        "0//001",
        "0/000.p",
        "0/000.p/",
        "0/000.p/0",
        "0/000.p/00",
        "0/000.p/01",
        "0/000.p/256",
        "0/000.p/257",
        "0/000.p/99999",
        "0/000.p/-1",
        "0/000.p/1/",
        "0/000.p/1.p/1",
        "0/.p/1",
        "0/.p/0",
        ".p/0",
        "0/000.P/1",
        "0/000/p/1",
        "entries/000",
        "0/+01",
        "0/٠٠٠",
        "0/x018/x446/x744/x073/x709/x551/616",
        "0/x001/x018/x446/x744/x073/x709/x551/615",
        "0/000/",
        "0/000/../001",
        "0/%30%30%30",
        "0/000.p/1?x",
        "0\u{0}/000",
    ];
    for text in refused {
        assert_eq!(text.parse::<TilePath>(), Err(TilePathError), "{text:?}");
    }
}

/// `tlog_tiles` reads Go's form of a path, which has the tile's height in front.
fn theirs(text: &str) -> Option<tlog_tiles::Tile> {
    tlog_tiles::Tile::from_path(&format!("tile/8/{text}")).ok()
}

proptest! {
    #[test]
    fn every_path_round_trips_and_is_theirs(level in 0_u8..=63, bits in 0_u32..64, index: u64, width in 1_u16..=256) {
        let path = path(level, index >> bits, width);
        let text = path.to_string();
        prop_assert_eq!(text.parse(), Ok(path));
        let theirs = theirs(&text).unwrap();
        prop_assert_eq!(theirs.path(), format!("tile/8/{text}"));
        prop_assert_eq!(
            (theirs.level(), theirs.level_index(), theirs.width()),
            (level, path.tile.index, u32::from(width))
        );
    }

    #[test]
    fn what_is_nearly_a_path_is_read_only_if_it_is_one(
        text in "[0-9]{1,3}/(x[0-9]{3}/){0,8}x?[0-9]{1,4}(\\.p/?[0-9]{0,4})?",
    ) {
        let ours = text.parse::<TilePath>();
        if let Ok(path) = ours {
            prop_assert_eq!(path.to_string(), text.as_str());
        }
        // Theirs panics at a level beyond 63, and at a width of 0 in whatever form.
        let (level, rest) = text.split_once('/').unwrap();
        let no_width = rest.split_once(".p/").is_some_and(|(_, width)| width.parse() == Ok(0));
        if level.parse::<u8>().is_ok_and(|level| level <= 63) && !no_width {
            prop_assert_eq!(ours.is_ok(), theirs(&text).is_some());
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        if let Ok(path) = text.parse::<TilePath>() {
            prop_assert_eq!(path.to_string(), text);
        }
    }
}

/// Why a stranger's path must not reach them; if this fails they have changed it.
#[test]
fn their_reader_panics_at_a_tile_of_no_width_and_at_a_level_beyond_the_last() {
    for path in ["0/000.p/0", "64/000"] {
        assert!(std::panic::catch_unwind(|| theirs(path)).is_err(), "{path}");
    }
}
