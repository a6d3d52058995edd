//! What `ct-merkle` thinks of a running log: it hashes the entries themselves.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use dancu::tlog::{
    Checkpoint, Tiles, consistency_proof, hashes_to_bytes, leaf_hash, tiles_for_consistency,
};
use serde_json::Value;
use sha2::Sha256;

use crate::support::app::TestApp;
use crate::support::sealing::{Seen, head_of, sealing};

/// The entries in the order of the leaves, as the plan has them.
async fn leaves(app: &TestApp) -> Vec<Vec<u8>> {
    let client = app.database.client().await;
    let rows = client
        .query(
            "SELECT e.entry FROM audit.sealed s
             JOIN audit.entry e ON e.lane_id = s.lane_id
                 AND e.seq >= s.first_seq AND e.seq < s.first_seq + s.count
             WHERE s.epoch = 1
             ORDER BY s.first_index + e.seq - s.first_seq",
            &[],
        )
        .await
        .unwrap();
    rows.iter().map(|row| row.get("entry")).collect()
}

fn tree(entries: &[Vec<u8>]) -> MemoryBackedTree<Sha256, Vec<u8>> {
    let mut tree = MemoryBackedTree::new();
    entries.iter().for_each(|entry| tree.push(entry.clone()));
    tree
}

fn root(head: &Checkpoint) -> RootHash<Sha256> {
    RootHash::new((*head.root.as_bytes()).into(), head.size)
}

fn verify(proof: &Value) {
    let head = head_of(proof["checkpoint"].as_str().unwrap());
    let bytes = |value: &Value| STANDARD.decode(value.as_str().unwrap()).unwrap();
    let hashes = proof["inclusion_proof"].as_array().unwrap();
    let hashes: Vec<u8> = hashes.iter().flat_map(bytes).collect();
    let theirs = InclusionProof::<Sha256>::from_bytes(hashes);
    let index = proof["index"].as_u64().unwrap();
    root(&head)
        .verify_inclusion(&bytes(&proof["entry"]), index, &theirs)
        .unwrap();
}

#[actix_web::test]
async fn ct_merkle_comes_to_the_same_root_and_accepts_every_proof() {
    let app = sealing().await;
    let log = Seen::of(&app);
    app.leave_entries(300).await;
    let (older, _) = log.checkpoint(300).await;
    app.leave_entries(400).await;
    let (newest, _) = log.checkpoint(older.size + 400).await;

    let entries = leaves(&app).await;
    let size = usize::try_from(newest.size).unwrap();
    let theirs = tree(&entries[..size]);
    assert_eq!(theirs.root(), root(&newest));
    let hashes: Vec<_> = entries[..size]
        .iter()
        .map(|entry| leaf_hash(entry))
        .collect();
    assert_eq!(log.leaves(newest.size).await, hashes);

    let tiles: Tiles = log
        .tiles(newest.size)
        .await
        .into_iter()
        .map(|(path, hashes)| (path.tile, hashes))
        .collect();
    assert!(!tiles_for_consistency(older.size, newest.size).is_empty());
    let ours = consistency_proof(older.size, newest.size, &tiles).unwrap();
    let ours = ConsistencyProof::<Sha256>::try_from_bytes(hashes_to_bytes(&ours)).unwrap();
    root(&newest)
        .verify_consistency(&root(&older), &ours)
        .unwrap();

    let ids = "SELECT audit_id::text FROM audit.entry ORDER BY lane_id, seq";
    for id in app.rows(ids).await.iter().step_by(23) {
        let proof = app.proof(id).await;
        verify(&proof);
        assert_eq!(app.entry(id).await["index"], proof["index"]);
        let index = usize::try_from(proof["index"].as_u64().unwrap()).unwrap();
        assert_eq!(STANDARD.encode(&entries[index]), proof["entry"]);
    }
    app.stop().await;
}
