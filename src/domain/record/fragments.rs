//! A record as rendered JSON, one fragment a leaf, from which any caller's view is copied together.
//!
//! One run of bytes holds all fragments in the order of the answer, each behind its leaf's number
//! and its length, so a cached record costs little more than its text. A text that stands in the run
//! already is not written again: most people live where they are registered, and with their parents.
//! Nothing is parsed or escaped again when a view is cut.

use std::ops::Range;

use crate::domain::field::{self, Field, FieldMask, Leaf, LeafInfo};
use serde::Serialize;

/// Begins an item of a list: followed by the list's first leaf and [`HIDDEN`] or [`SHOWN`].
const ITEM: u8 = 255;
const SHOWN: u8 = 0;
const HIDDEN: u8 = 1;
/// A length that does not fit one byte: four bytes follow, little-endian.
const LONG: u8 = 255;
/// Instead of a length: the text of an earlier leaf, whose length stands where the next two bytes say,
/// little-endian.
const SAME: u8 = 254;
/// The shortest text of which to say that it is the same takes less than to say it.
const WORTHWHILE: usize = 4;
/// None before.
const NONE: u16 = u16::MAX;
/// Room for the run of most people.
const ROOM: usize = 2048;

/// The rendered leaves of one record.
#[derive(Clone, Copy)]
pub struct Fragments<'r>(&'r [u8]);

impl std::fmt::Debug for Fragments<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Fragments({} bytes)", self.0.len())
    }
}

/// Collects fragments; leaves must come in ascending order, a list's item by item.
pub struct Builder {
    bytes: Vec<u8>,
    scratch: Vec<u8>,
    /// By the length of a text, the last of those that are as long, as its number in `texts`.
    last: [u16; 256],
    /// Where each text's length stands, and which text is the one before it that is as long.
    texts: Vec<(u16, u16)>,
    held: Held,
    /// Whether the item that was begun last is shown to everybody.
    item_shown: bool,
}

/// The leaves that have a value anywhere, and those that have one outside hidden items of lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    pub by_any: FieldMask,
    pub by_all: FieldMask,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            bytes: Vec::with_capacity(ROOM),
            scratch: Vec::with_capacity(128),
            last: [NONE; 256],
            texts: Vec::with_capacity(128),
            held: Held::default(),
            item_shown: true,
        }
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Builder(***)")
    }
}

impl Builder {
    /// Appends a leaf's text.
    pub fn text(&mut self, leaf: Leaf, text: &str) {
        // Hardly any has something to escape, and to look for it in all of a text at once takes least.
        let to_escape = |byte| byte < b' ' || matches!(byte, b'"' | b'\\');
        if text.bytes().fold(false, |any, byte| any | to_escape(byte)) {
            self.leaf(leaf, text);
            return;
        }
        self.scratch.clear();
        self.scratch.push(b'"');
        self.scratch.extend_from_slice(text.as_bytes());
        self.scratch.push(b'"');
        self.append(leaf);
    }

    /// Appends a leaf's value.
    pub fn leaf(&mut self, leaf: Leaf, value: &(impl Serialize + ?Sized)) {
        self.scratch.clear();
        serde_json::to_writer(&mut self.scratch, value)
            .expect("texts, numbers and lists of them always serialise");
        self.append(leaf);
    }

    /// Appends what was rendered.
    fn append(&mut self, leaf: Leaf) {
        self.begin(leaf);
        match u8::try_from(self.scratch.len()) {
            Ok(length) if length < SAME => self.short(length),
            _ => {
                let length =
                    u32::try_from(self.scratch.len()).expect("a record is far below 4 GiB");
                self.bytes.push(LONG);
                self.bytes.extend_from_slice(&length.to_le_bytes());
                self.bytes.extend_from_slice(&self.scratch);
            }
        }
    }

    fn begin(&mut self, leaf: Leaf) {
        self.bytes.push(leaf);
        self.held.by_any.insert(leaf);
        if self.item_shown || !field::leaf_info(leaf).in_list {
            self.held.by_all.insert(leaf);
        }
    }

    /// Appends the text, or where it stands already.
    fn short(&mut self, length: u8) {
        let is_worthwhile = usize::from(length) >= WORTHWHILE;
        if is_worthwhile && let Some(at) = self.find(length) {
            self.bytes.push(SAME);
            self.bytes.extend_from_slice(&at.to_le_bytes());
            return;
        }
        // What stands further behind than two bytes can say is not found.
        let place = u16::try_from(self.bytes.len()).ok();
        let number = u16::try_from(self.texts.len()).ok();
        if is_worthwhile
            && let (Some(at), Some(number)) = (place, number.filter(|number| *number != NONE))
        {
            let last = &mut self.last[usize::from(length)];
            self.texts.push((at, *last));
            *last = number;
        }
        self.bytes.push(length);
        self.bytes.extend_from_slice(&self.scratch);
    }

    /// Where the length of the same text stands.
    fn find(&self, length: u8) -> Option<u16> {
        let mut number = self.last[usize::from(length)];
        while let Some(&(at, before)) = self.texts.get(usize::from(number)) {
            let from = usize::from(at) + 1;
            if self.bytes[from..from + usize::from(length)] == *self.scratch {
                return Some(at);
            }
            number = before;
        }
        None
    }

    /// How long the run is.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Appends again what stands in that part of the run, as leaves that are so many further on.
    pub fn repeat(&mut self, part: Range<usize>, ahead: Leaf) {
        let mut at = part.start;
        while at < part.end {
            let (leaf, length) = (self.bytes[at] + ahead, self.bytes[at + 1]);
            let place = u16::try_from(at + 1);
            let next = at + 2 + behind(&self.bytes[at + 1..]);
            self.begin(leaf);
            match place {
                Ok(place) if length < SAME && usize::from(length) >= WORTHWHILE => {
                    self.bytes.push(SAME);
                    self.bytes.extend_from_slice(&place.to_le_bytes());
                }
                Ok(_) | Err(_) => self.bytes.extend_from_within(at + 1..next),
            }
            at = next;
        }
    }

    /// Begins an item of a list; `hidden` items are shown only to those who may see protected
    /// people.
    pub fn item(&mut self, list: Field, hidden: bool) {
        self.item_shown = !hidden;
        self.bytes
            .extend([ITEM, list.first_leaf(), if hidden { HIDDEN } else { SHOWN }]);
    }

    /// The finished run, and what it holds.
    pub fn build(self) -> (Vec<u8>, Held) {
        (self.bytes, self.held)
    }
}

/// How many bytes stand behind the one that begins these, which is a length or what stands for one.
fn behind(bytes: &[u8]) -> usize {
    match bytes {
        [SAME, ..] => 2,
        [LONG, a, b, c, d, ..] => 4 + u32::from_le_bytes([*a, *b, *c, *d]) as usize,
        [short, ..] => usize::from(*short),
        [] => 0,
    }
}

enum Entry<'a> {
    Leaf(Leaf, &'a [u8]),
    Item { list: Field, hidden: bool },
}

impl<'r> Fragments<'r> {
    /// Those of a run.
    pub const fn of(run: &'r [u8]) -> Self {
        Self(run)
    }

    /// The JSON text of a leaf outside lists, if the record has a value there.
    pub fn get(self, wanted: Leaf) -> Option<&'r [u8]> {
        self.entries().find_map(|entry| match entry {
            Entry::Leaf(leaf, json) if leaf == wanted => Some(json),
            Entry::Leaf(..) | Entry::Item { .. } => None,
        })
    }

    /// Where in the run the text stands that [`get`](Self::get) gives.
    pub fn place(self, wanted: Leaf) -> Option<Range<usize>> {
        let json = self.get(wanted)?;
        let start = json.as_ptr().addr() - self.0.as_ptr().addr();
        Some(start..start + json.len())
    }

    /// The JSON text of one leaf in every item of its list that is shown.
    pub fn get_all(self, wanted: Leaf, see_hidden: bool) -> Vec<&'r [u8]> {
        let mut shown = true;
        let mut out = Vec::new();
        for entry in self.entries() {
            match entry {
                Entry::Item { hidden, .. } => shown = see_hidden || !hidden,
                Entry::Leaf(leaf, json) if leaf == wanted && shown => out.push(json),
                Entry::Leaf(..) => {}
            }
        }
        out
    }

    /// The bytes of all texts.
    #[cfg(test)]
    pub fn text_bytes(self) -> usize {
        let texts = self.entries().map(|entry| match entry {
            Entry::Leaf(_, json) => json.len(),
            Entry::Item { .. } => 0,
        });
        texts.sum()
    }

    /// Writes the leaves of `mask` into `view`.
    pub fn cut(self, mask: &FieldMask, see_hidden: bool, view: &mut View<'_>) {
        let mut item_shown = false;
        for entry in self.entries() {
            match entry {
                Entry::Item { list, hidden } => {
                    item_shown = see_hidden || !hidden;
                    view.item(list);
                }
                Entry::Leaf(leaf, json) if mask.contains(leaf) => {
                    if !view.leaves[usize::from(leaf)].in_list {
                        view.leaf(leaf, json);
                    } else if item_shown {
                        view.in_item(leaf, json);
                    }
                }
                Entry::Leaf(..) => {}
            }
        }
    }

    /// Writes the leaves of the field `from` as if they were those of the field `to`, which has the
    /// same leaves.
    pub fn cut_as(self, from: Field, to: Field, mask: &FieldMask, view: &mut View<'_>) {
        for entry in self.entries() {
            if let Entry::Leaf(leaf, json) = entry
                && field::leaf_info(leaf).field == from
            {
                let other = leaf - from.first_leaf() + to.first_leaf();
                if mask.contains(other) {
                    view.leaf(other, json);
                }
            }
        }
    }

    fn entries(self) -> impl Iterator<Item = Entry<'r>> {
        let run = self.0;
        let mut rest = run;
        std::iter::from_fn(move || {
            let (&first, tail) = rest.split_first()?;
            if first == ITEM {
                let (&[list, hidden], tail) = tail.split_first_chunk()?;
                rest = tail;
                let list = field::leaf_info(list).field;
                return Some(Entry::Item {
                    list,
                    hidden: hidden == HIDDEN,
                });
            }
            let json;
            (json, rest) = match tail.split_first()? {
                (&SAME, tail) => {
                    let (at, tail) = tail.split_first_chunk()?;
                    let earlier = run.get(usize::from(u16::from_le_bytes(*at))..)?;
                    (text(earlier)?.0, tail)
                }
                _ => text(tail)?,
            };
            Some(Entry::Leaf(first, json))
        })
    }
}

/// The text whose length begins these bytes, and what is behind it.
fn text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&short, tail) = bytes.split_first()?;
    if short == LONG {
        let (long, tail) = tail.split_first_chunk()?;
        tail.split_at_checked(u32::from_le_bytes(*long) as usize)
    } else {
        tail.split_at_checked(usize::from(short))
    }
}

/// A JSON object while leaves are written into it, in order.
pub struct View<'o> {
    out: &'o mut Vec<u8>,
    leaves: &'static [LeafInfo],
    /// How many objects are open inside the outermost, all parents of `last`.
    depth: usize,
    /// The leaf outside lists that was written last.
    last: Leaf,
    list: Option<(Field, bool)>,
    list_open: bool,
    disclosed: FieldMask,
}

impl std::fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("View(***)")
    }
}

impl<'o> View<'o> {
    /// Opens the object at the end of `out`.
    pub fn open(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        Self {
            out,
            leaves: field::leaves(),
            depth: 0,
            last: 0,
            list: None,
            list_open: false,
            disclosed: FieldMask::EMPTY,
        }
    }

    /// Closes the object; says which leaves are in it.
    pub fn close(mut self) -> FieldMask {
        self.end_list();
        self.close_to(0);
        self.out.push(b'}');
        self.disclosed
    }

    /// Writes a leaf that is not in a list.
    pub fn leaf(&mut self, leaf: Leaf, json: &[u8]) {
        debug_assert!(self.last <= leaf, "leaves come in ascending order");
        self.end_list();
        let common = self.common(leaf);
        self.close_to(common);
        let (name, parents) = self.leaves[usize::from(leaf)]
            .keys
            .split_last()
            .expect("every leaf has its field's name at least");
        for parent in &parents[common..] {
            self.key(parent);
            self.out.push(b'{');
        }
        self.depth = parents.len();
        self.last = leaf;
        self.key(name);
        self.out.extend_from_slice(json);
        self.disclosed |= FieldMask::of(leaf);
    }

    /// How many of the open objects are parents of that later leaf: those that no leaf between leaves.
    fn common(&self, leaf: Leaf) -> usize {
        if self.depth == 0 {
            return 0;
        }
        let between = usize::from(self.last) + 1..=usize::from(leaf);
        self.leaves[between]
            .iter()
            .fold(self.depth, |common, info| common.min(info.shared))
    }

    /// The next leaves belong to a new item of that list, which is opened with the first of them.
    fn item(&mut self, list: Field) {
        if self.list.is_some_and(|(open, _)| open != list) {
            self.end_list();
        }
        self.end_item();
        self.list = Some((list, false));
    }

    fn in_item(&mut self, leaf: Leaf, json: &[u8]) {
        let Some((list, item_open)) = self.list else {
            return;
        };
        if !item_open {
            if !self.list_open {
                self.close_to(0);
                self.key(self.leaves[usize::from(leaf)].keys[0]);
                self.out.push(b'[');
                self.list_open = true;
            }
            self.comma();
            self.out.push(b'{');
            self.list = Some((list, true));
        }
        self.key(self.leaves[usize::from(leaf)].keys[1]);
        self.out.extend_from_slice(json);
        self.disclosed |= FieldMask::of(leaf);
    }

    fn end_item(&mut self) {
        if let Some((list, true)) = self.list {
            self.out.push(b'}');
            self.list = Some((list, false));
        }
    }

    fn end_list(&mut self) {
        self.end_item();
        if std::mem::take(&mut self.list_open) {
            self.out.push(b']');
        }
        self.list = None;
    }

    fn close_to(&mut self, depth: usize) {
        while self.depth > depth {
            self.depth -= 1;
            self.out.push(b'}');
        }
    }

    fn comma(&mut self) {
        if !matches!(self.out.last(), Some(b'{' | b'[')) {
            self.out.push(b',');
        }
    }

    fn key(&mut self, key: &str) {
        self.comma();
        self.out.extend_from_slice(key.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Builder, Fragments};

    proptest! {
        #[test]
        fn what_is_repeated_is_as_if_it_were_written_again(
            before in prop::collection::vec(".{0,12}", 0..4),
            texts in prop::collection::vec(prop_oneof![".{0,12}", ".{300}"], 0..12),
        ) {
            let (mut repeated, mut written) = (Builder::default(), Builder::default());
            let mut leaf = 0;
            for text in &before {
                repeated.leaf(leaf, text);
                written.leaf(leaf, text);
                leaf += 1;
            }
            let from = repeated.len();
            for (leaf, text) in (leaf..).zip(&texts) {
                repeated.leaf(leaf, text);
                written.leaf(leaf, text);
            }
            repeated.repeat(from..repeated.len(), 20);
            for (leaf, text) in (leaf + 20..).zip(&texts) {
                written.leaf(leaf, text);
            }
            let ((repeated, held), (written, held_written)) = (repeated.build(), written.build());
            prop_assert_eq!(&repeated, &written);
            prop_assert_eq!(held, held_written);
            let (fragments, first) = (Fragments::of(&repeated), leaf);
            for (leaf, text) in (first..).zip(&texts) {
                let text = serde_json::to_string(text).expect("a text");
                prop_assert_eq!(fragments.get(leaf), Some(text.as_bytes()));
                prop_assert_eq!(fragments.get(leaf + 20), Some(text.as_bytes()));
            }
        }
    }
}
