//! A record as rendered JSON, one fragment a leaf, from which any caller's view is copied together.
//!
//! One run of bytes holds all fragments in the order of the answer, each behind its leaf's number
//! and its length, so a cached record costs little more than its text. Nothing is parsed or escaped
//! again when a view is cut.

use crate::domain::field::{self, Field, FieldMask, Leaf, LeafInfo};
use serde::Serialize;

/// Begins an item of a list: followed by the list's first leaf and [`HIDDEN`] or [`SHOWN`].
const ITEM: u8 = 255;
const SHOWN: u8 = 0;
const HIDDEN: u8 = 1;
/// A length that does not fit one byte: four bytes follow, little-endian.
const LONG: u8 = 255;

/// The rendered leaves of one record.
#[derive(Clone, PartialEq, Eq)]
pub struct Fragments(Box<[u8]>);

impl std::fmt::Debug for Fragments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Fragments({} bytes)", self.0.len())
    }
}

/// Collects fragments; leaves must come in ascending order, a list's item by item.
#[derive(Default)]
pub struct Builder {
    bytes: Vec<u8>,
    scratch: Vec<u8>,
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Builder(***)")
    }
}

impl Builder {
    /// Appends a leaf's value.
    pub fn leaf(&mut self, leaf: Leaf, value: &(impl Serialize + ?Sized)) {
        self.scratch.clear();
        serde_json::to_writer(&mut self.scratch, value)
            .expect("texts, numbers and lists of them always serialise");
        self.bytes.push(leaf);
        match u8::try_from(self.scratch.len()) {
            Ok(length) if length != LONG => self.bytes.push(length),
            _ => {
                let length =
                    u32::try_from(self.scratch.len()).expect("a record is far below 4 GiB");
                self.bytes.push(LONG);
                self.bytes.extend_from_slice(&length.to_le_bytes());
            }
        }
        self.bytes.extend_from_slice(&self.scratch);
    }

    /// Appends a leaf's value, if there is one.
    pub fn optional(&mut self, leaf: Leaf, value: Option<&(impl Serialize + ?Sized)>) {
        if let Some(value) = value {
            self.leaf(leaf, value);
        }
    }

    /// Begins an item of a list; `hidden` items are shown only to those who may see protected
    /// people.
    pub fn item(&mut self, list: Field, hidden: bool) {
        self.bytes
            .extend([ITEM, list.first_leaf(), if hidden { HIDDEN } else { SHOWN }]);
    }

    /// The finished run.
    pub fn build(self) -> Fragments {
        Fragments(self.bytes.into_boxed_slice())
    }
}

enum Entry<'a> {
    Leaf(Leaf, &'a [u8]),
    Item { list: Field, hidden: bool },
}

impl Fragments {
    /// Bytes on the heap.
    pub fn size(&self) -> usize {
        self.0.len()
    }

    /// The JSON text of a leaf outside lists, if the record has a value there.
    pub fn get(&self, wanted: Leaf) -> Option<&[u8]> {
        self.entries().find_map(|entry| match entry {
            Entry::Leaf(leaf, json) if leaf == wanted => Some(json),
            Entry::Leaf(..) | Entry::Item { .. } => None,
        })
    }

    /// The JSON text of one leaf in every item of its list that is shown.
    pub fn get_all(&self, wanted: Leaf, see_hidden: bool) -> Vec<&[u8]> {
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

    /// Writes the leaves of `mask` into `view`.
    pub fn cut(&self, mask: &FieldMask, see_hidden: bool, view: &mut View<'_>) {
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
    pub fn cut_as(&self, from: Field, to: Field, mask: &FieldMask, view: &mut View<'_>) {
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

    fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        let mut rest = &self.0[..];
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
            let (&short, tail) = tail.split_first()?;
            let (length, tail) = if short == LONG {
                let (long, tail) = tail.split_first_chunk()?;
                (u32::from_le_bytes(*long) as usize, tail)
            } else {
                (usize::from(short), tail)
            };
            let (json, tail) = tail.split_at_checked(length)?;
            rest = tail;
            Some(Entry::Leaf(first, json))
        })
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
