//! What the log computes is what the specifications and other implementations compute.

mod notes;
mod submissions;

use super::{Checkpoint, Frontier, Hash, empty_root, leaf_hash};

#[test]
fn a_tree_of_no_and_of_one_leaf_has_the_roots_of_the_rfc() {
    let mut frontier = Frontier::empty();
    assert_eq!(frontier.root(), empty_root());
    frontier.push(leaf_hash(b""), &mut |_, _| unreachable!());
    assert_eq!(
        hex::encode(frontier.root().as_bytes()),
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    );
}

#[test]
fn the_checkpoint_of_the_specification_is_read_and_written() {
    let text =
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    let checkpoint = Checkpoint::parse_own(text).unwrap();
    assert_eq!(checkpoint.size, 20_852_163);
    assert_eq!(
        Hash::from_base64(&checkpoint.root.to_string()),
        Some(checkpoint.root)
    );
    assert_eq!(checkpoint.text(), text);
}
