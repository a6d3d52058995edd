//! What do sealing, proving and verifying cost, an entry at a time? A leaf and its place in the tree
//! should stay below 2 µs, so that a core seals and verifies half a million entries a second.

use std::hint::black_box;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use dancu::tlog::{
    Algorithm, Checkpoint, Frontier, Hash, Note, Signature, TileId, Tiles, VerifierKey, empty_root,
    inclusion_proof, leaf_hash, root_from_tiles, tiles_for_inclusion, tiles_for_root,
    verify_inclusion, width_in,
};

/// Leaves of the tree that proofs are of.
const SIZE: u64 = 10_000_000;

/// Leaves that are pushed in one go.
const PUSHED: u64 = 65_536;

fn growing(c: &mut Criterion) {
    let entry = vec![0xa5; 600];
    c.bench_function("tlog/leaf hash of 600 bytes", |b| {
        b.iter(|| leaf_hash(black_box(&entry)));
    });
    let leaf = leaf_hash(&entry);
    let mut group = c.benchmark_group("tlog/frontier");
    group.throughput(Throughput::Elements(PUSHED));
    group.bench_function("push, 65,536 leaves", |b| {
        b.iter_batched(
            Frontier::empty,
            |mut frontier| {
                for _ in 0..PUSHED {
                    frontier.push(black_box(leaf), &mut |_, hashes| {
                        black_box(hashes);
                    });
                }
                frontier
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
    let edge = Frontier::from_edge(SIZE - 1, |tile| Some(made_up(tile, SIZE - 1)));
    let edge = edge.expect("the edge has the widths of its size");
    c.bench_function("tlog/frontier/root at 10 M leaves", |b| {
        b.iter(|| black_box(&edge).root());
    });
}

/// Hashes that nothing hashes to: a proof of them costs what any proof costs.
fn made_up(tile: TileId, size: u64) -> Vec<Hash> {
    let seed = leaf_hash(format!("{tile:?}").as_bytes());
    vec![seed; usize::from(width_in(tile, size))]
}

fn proving(c: &mut Criterion) {
    let index = 6_543_210;
    let fetched = |names: Vec<TileId>| -> Tiles {
        let tile = |tile| (tile, made_up(tile, SIZE));
        names.into_iter().map(tile).collect()
    };
    c.bench_function("tlog/tiles for an inclusion proof at 10 M leaves", |b| {
        b.iter(|| tiles_for_inclusion(black_box(index), SIZE));
    });
    let tiles = fetched(tiles_for_inclusion(index, SIZE));
    c.bench_function("tlog/inclusion proof at 10 M leaves", |b| {
        b.iter(|| inclusion_proof(black_box(index), SIZE, &tiles));
    });
    let edge = fetched(tiles_for_root(SIZE));
    let root = root_from_tiles(SIZE, &edge).unwrap_or_else(|_| empty_root());
    let proof = inclusion_proof(index, SIZE, &tiles).expect("the tiles are those it names");
    c.bench_function("tlog/verify an inclusion proof at 10 M leaves", |b| {
        b.iter(|| verify_inclusion(&root, black_box(index), SIZE, &proof, &root));
    });
}

fn notes(c: &mut Criterion) {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a seed has 32 bytes");
    let public = pair.public_key().as_ref().try_into();
    let public = public.expect("a public key has 32 bytes");
    let name = "dancu.example/log/1";
    let key = VerifierKey::new(name, Algorithm::Ed25519, public).expect("it is a name");
    let checkpoint = Checkpoint {
        origin: name.to_owned(),
        size: SIZE,
        root: leaf_hash(b""),
    };
    let mut note = Note::new(checkpoint.text()).expect("a checkpoint is a text");
    note.push(Signature {
        name: name.to_owned(),
        id: key.id(),
        bytes: pair.sign(note.text().as_bytes()).as_ref().to_vec(),
    });
    let text = note.to_string();
    let known = [key];
    c.bench_function("tlog/read a checkpoint's note", |b| {
        b.iter(|| Note::parse(black_box(&text)));
    });
    c.bench_function("tlog/verify a note of one signature", |b| {
        b.iter(|| black_box(&note).verify(&known).is_ok());
    });
}

criterion_group!(benches, growing, proving, notes);
criterion_main!(benches);
