//! What the code of Go's checksum database thinks of a running log (`tests/go/check.go`).

use std::path::Path;
use std::process::{Command, Output};

use super::{has, skipped};
use crate::support::scratch;
use crate::support::sealing::{Seen, head_of, sealing, tiles_of};

const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/go/check.go");
/// Where Debian's packages put Go's libraries.
const LIBRARIES: &str = "/usr/share/gocode";

fn run(directory: &Path) -> Output {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("go");
    Command::new("go")
        .args(["run", PROGRAM])
        .arg(directory)
        .env("GO111MODULE", "off")
        .env("GOPATH", LIBRARIES)
        .env("GOCACHE", cache)
        .env("CGO_ENABLED", "0")
        .output()
        .unwrap()
}

#[track_caller]
fn assert_refused(directory: &Path, why: &str) {
    let output = run(directory);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && text.contains(why), "{text}");
}

#[actix_web::test]
async fn gos_checksum_database_code_accepts_tiles_proofs_and_consistency() {
    let library = Path::new(LIBRARIES).join("src/golang.org/x/mod/sumdb/tlog");
    if !has("go", "version") || !library.exists() {
        return skipped(
            "Go's opinion",
            "golang-go or golang-golang-x-mod-dev is missing",
        );
    }
    let app = sealing().await;
    let log = Seen::of(&app);
    app.leave_entries(300).await;
    let (older, older_note) = log.checkpoint(300).await;
    app.leave_entries(300).await;
    log.checkpoint(older.size + 300).await;
    let id = app
        .rows("SELECT audit_id::text FROM audit.entry ORDER BY at LIMIT 1")
        .await;
    let proof = app.proof(&id[0]).await;
    let note = proof["checkpoint"].as_str().unwrap();
    let newest = head_of(note);

    let directory = scratch("go");
    let write = |name: &str, bytes: &[u8]| {
        let path = directory.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    for path in tiles_of(newest.size) {
        let name = format!("tile/{path}");
        let (status, bytes) = log.fetch(&name).await;
        assert_eq!(status, 200, "{name}");
        write(&name, &bytes);
    }
    write("key", format!("{}\n", log.keys().await[0]).as_bytes());
    write("older", older_note.as_bytes());
    write("checkpoint", note.as_bytes());
    write("proof.json", proof.to_string().as_bytes());
    app.stop().await;

    let output = run(&directory);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{errors}");
    let expected = format!(
        "holds: {} leaves, of which {} before\n",
        newest.size, older.size
    );
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);

    // And it does look.
    let mut tile = std::fs::read(directory.join("tile/0/000")).unwrap();
    tile[40] ^= 1;
    write("tile/0/000", &tile);
    assert_refused(&directory, "leaf 0: ");
    tile[40] ^= 1;
    write("tile/0/000", &tile);
    let mut forged = proof.clone();
    forged["index"] = (forged["index"].as_u64().unwrap() + 1).into();
    write("proof.json", forged.to_string().as_bytes());
    assert_refused(&directory, "the served proof: ");
    let forged = older_note.replacen('\n', "\n1", 1);
    write("older", forged.as_bytes());
    assert_refused(&directory, "older: ");
}
