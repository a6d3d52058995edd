//! What is served under `/log/`: to anybody, as the specification says, and nothing beyond what was
//! published.

use dancu::tlog::{TileId, TilePath, hashes_to_bytes, root_from_tiles};
use reqwest::Method;

use crate::support::app::TestApp;
use crate::support::raw::Connection;
use crate::support::sealing::{Seen, not_sealing, sealing, tiles_of, unpublish, until};

fn header<'a>(headers: &'a reqwest::header::HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

#[actix_web::test]
async fn a_checkpoint_and_its_tiles_make_the_tree_it_says() {
    let app = sealing().await;
    let log = Seen::of(&app);
    app.leave_entries(600).await;
    let (head, _) = log.checkpoint(600).await;
    assert_eq!(head.origin, "log.example.vn/dancu/1");
    let tiles = log.tiles(head.size).await;
    assert!(tiles.iter().any(|(path, _)| path.width == 256));
    assert!(tiles.iter().any(|(path, _)| path.tile.level == 1));
    let tiles = tiles
        .into_iter()
        .map(|(path, hashes)| (path.tile, hashes))
        .collect();
    assert_eq!(root_from_tiles(head.size, &tiles).unwrap(), head.root);
    app.stop().await;
}

#[actix_web::test]
async fn what_is_served_has_the_types_and_the_ages_of_the_specification() {
    let app = sealing().await;
    let log = Seen::of(&app);
    app.leave_entries(300).await;
    log.checkpoint(300).await;
    let text = "text/plain; charset=utf-8";
    let hashes = "application/octet-stream";
    for (path, kind, caching) in [
        ("checkpoint", text, "public, max-age=1"),
        ("1/checkpoint", text, "public, max-age=1"),
        ("key", text, "public, max-age=60"),
        ("tile/0/000", hashes, "public, max-age=86400, immutable"),
        ("tile/0/000.p/3", hashes, "public, max-age=86400, immutable"),
        ("tile/1/000.p/1", hashes, "public, max-age=86400, immutable"),
        (
            "1/tile/0/000",
            hashes,
            "public, max-age=31536000, immutable",
        ),
    ] {
        let path = format!("/log/{path}");
        for method in [Method::GET, Method::HEAD] {
            let request = app.request(method.clone(), &path);
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 200, "{method} {path}");
            let headers = answer.headers();
            assert_eq!(header(headers, "content-type"), kind, "{method} {path}");
            assert_eq!(header(headers, "cache-control"), caching, "{method} {path}");
            assert_eq!(header(headers, "x-content-type-options"), "nosniff");
            assert_ne!(header(headers, "content-length"), "0", "{method} {path}");
            let body = answer.bytes().await.unwrap();
            assert_eq!(body.is_empty(), method == Method::HEAD, "{method} {path}");
        }
        let posted = app.send(app.request(Method::POST, &path)).await;
        assert_eq!(posted.code(), "method_not_allowed", "{path}");
        assert_eq!(posted.headers["allow"], "GET, HEAD");
    }
    app.stop().await;
}

#[actix_web::test]
async fn a_narrower_tile_is_the_beginning_of_a_wider_and_none_is_wider_than_published() {
    let app = sealing().await;
    let log = Seen::of(&app);
    app.leave_entries(300).await;
    let (head, _) = log.checkpoint(300).await;
    app.stop_sealing().await;
    let published = tiles_of(head.size);
    let edge = published.iter().rfind(|path| path.tile.level == 0).unwrap();
    let hashes = hashes_to_bytes(&log.tile(edge).await);
    for width in 1..=255_u16 {
        let narrower = TilePath { width, ..*edge };
        let (status, bytes) = log.fetch(&format!("tile/{narrower}")).await;
        if width <= edge.width {
            let length = usize::from(width) * 32;
            assert_eq!(
                (status.as_u16(), &*bytes),
                (200, &hashes[..length]),
                "{narrower}"
            );
        } else {
            assert_eq!(status, 404, "{narrower}");
        }
    }
    let beside = TileId {
        index: edge.tile.index + 1,
        ..edge.tile
    };
    let above = TileId { level: 2, index: 0 };
    for tile in [edge.tile, beside, above] {
        let (status, _) = log
            .fetch(&format!("tile/{}", TilePath { tile, width: 256 }))
            .await;
        assert_eq!(status, 404, "{tile:?}");
    }
    app.stop().await;
}

#[actix_web::test]
async fn hashes_are_not_shown_before_the_head_above_them_is() {
    let app = sealing().await;
    let log = Seen::of(&app);
    app.leave_entries(10).await;
    let (older, note) = log.checkpoint(10).await;
    app.leave_entries(10).await;
    log.checkpoint(older.size + 10).await;
    app.stop_sealing().await;
    // As if the process had been killed before the second place had the newest heads.
    unpublish(&app, older.size).await;
    assert_eq!(log.answer("checkpoint").await.text, note);
    let (status, _) = log.fetch(&format!("tile/0/000.p/{}", older.size)).await;
    assert_eq!(status, 200);
    let (status, _) = log.fetch(&format!("tile/0/000.p/{}", older.size + 1)).await;
    assert_eq!(status, 404);
    app.stop().await;
}

/// Sent as they stand there: a client library would tidy them up.
#[actix_web::test]
async fn only_the_one_path_of_a_tile_is_answered() {
    let app = sealing().await;
    let log = Seen::of(&app);
    app.leave_entries(600).await;
    log.checkpoint(600).await;
    for path in [
        "tile/0/000",
        "tile/0/001",
        "tile/0/000.p/255",
        "tile/1/000.p/2",
    ] {
        assert_eq!(raw(&app, path).await, 200, "{path}");
    }
    for path in [
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/000/",
        "tile//0/000",
        "tile/00/000",
        "tile/+0/000",
        "tile/-1/000",
        "tile/0/x000/000",
        "tile/0/x000",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/1/",
        "tile/0/.p/1",
        "tile/.p/0",
        "tile/0/%30%30%30",
        "tile/0%2f000",
        "%74ile/0/000",
        "tile/0/../0/000",
        "tile/0/000%00",
        "tile/8/000",
        "tile/63/000",
        "tile/64/000",
        "tile/0/x018/x446/x744/x073/x709/x551/615",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/entries/000",
        "tile/entries/000.p/1",
        "tile/8/0/000",
        "0/tile/0/000",
        "01/tile/0/000",
        "2/tile/0/000",
        "2/checkpoint",
        "4294967296/checkpoint",
        "2147483648/checkpoint",
        "x/checkpoint",
        "checkpoint/",
        "Checkpoint",
        "keys",
        "",
    ] {
        assert_eq!(raw(&app, path).await, 404, "{path}");
    }
    app.stop().await;
}

async fn raw(app: &TestApp, path: &str) -> u16 {
    let mut connection = Connection::open(app.address()).await;
    connection
        .send(format!("GET /log/{path} HTTP/1.1\r\nHost: x\r\n\r\n"))
        .await;
    connection.answer().await.unwrap().status
}

#[actix_web::test]
async fn before_anything_was_sealed_there_is_no_checkpoint_and_no_key() {
    let app = not_sealing().await;
    let log = Seen::of(&app);
    for path in ["checkpoint", "key", "tile/0/000.p/1"] {
        let answer = log.answer(path).await;
        assert_eq!(
            (answer.status.as_u16(), &*answer.code()),
            (404, "not_found"),
            "{path}"
        );
        assert_eq!(answer.headers["cache-control"], "no-store");
    }
    app.stop().await;
}

#[actix_web::test]
async fn cosignatures_follow_the_logs_own_signatures() {
    let app = sealing().await;
    let log = Seen::of(&app);
    app.leave_entries(1).await;
    log.checkpoint(1).await;
    app.stop_sealing().await;
    let (_, before) = log.checkpoint(1).await;
    let line = "\u{2014} witness.example.vn/w1 AAAAAWFiYw==\n";
    let client = app.database.client().await;
    client
        .execute(
            "INSERT INTO audit.cosignature (epoch, size, name, key_id, line)
             SELECT epoch, max(size), 'witness.example.vn/w1', 1, $1 FROM audit.checkpoint GROUP BY epoch",
            &[&line],
        )
        .await
        .unwrap();
    let (_, after) = log.checkpoint(1).await;
    assert_eq!(after, before + line);
    assert_eq!(
        log.keys().await.len(),
        1,
        "a witness's key is none of the log's"
    );
    app.stop().await;
}

#[actix_web::test]
async fn without_a_database_the_log_is_unavailable_and_comes_back() {
    let app = sealing().await;
    let log = Seen::of(&app);
    app.leave_entries(1).await;
    log.checkpoint(1).await;
    app.stop_sealing().await;
    app.database.refuse().await;
    for path in ["checkpoint", "key", "tile/0/000.p/1"] {
        let answer = until("unavailable", async || {
            let answer = log.answer(path).await;
            (answer.status != 200).then_some(answer)
        })
        .await;
        assert_eq!(
            (answer.status.as_u16(), &*answer.code()),
            (503, "audit_unavailable"),
            "{path}"
        );
        assert_eq!(answer.headers["retry-after"], "1");
    }
    app.database.welcome().await;
    until("back", async || {
        (log.answer("checkpoint").await.status == 200).then_some(())
    })
    .await;
    app.stop().await;
}
