//! The development issuer and its limits.

use std::os::unix::fs::PermissionsExt as _;

use jiff::SignedDuration;

use super::super::development::{
    DevelopmentError, DevelopmentIssuer, TokenRequest, is_issuer, permitted,
};
use super::super::testing::{NOW, Scratch};
use super::super::{TokenError, Verifier};
use super::{LOOPBACK, config};

const REQUEST: TokenRequest<'static> = TokenRequest {
    client_id: "onestop-hcm",
    scopes: "citizen:verify",
    officer_id: Some("079085001234"),
    lifetime: SignedDuration::from_hours(1),
};

#[tokio::test]
async fn its_tokens_are_taken_by_a_service_that_believes_it() {
    let scratch = Scratch::new();
    let issuer = DevelopmentIssuer::open(&scratch.0).unwrap();
    let verifier = Verifier::new(&config(vec![issuer.config().unwrap()]), LOOPBACK).unwrap();
    verifier.load(NOW).await.unwrap();

    let token = issuer.sign(&REQUEST, NOW).unwrap();
    let verified = verifier.verify(&token, NOW).await.unwrap();

    assert_eq!(&*verified.client_id, "onestop-hcm");
    assert_eq!(verified.officer_id.as_deref(), Some("079085001234"));
    assert_eq!(verified.expires_at, NOW + SignedDuration::from_hours(1));
    let again = verifier
        .verify(&issuer.sign(&REQUEST, NOW).unwrap(), NOW)
        .await;
    assert_ne!(again.unwrap().token_id, verified.token_id);
}

#[tokio::test]
async fn the_key_is_made_once_and_is_its_owners_alone() {
    let scratch = Scratch::new();
    let first = DevelopmentIssuer::open(&scratch.0).unwrap();
    let verifier = Verifier::new(&config(vec![first.config().unwrap()]), LOOPBACK).unwrap();
    verifier.load(NOW).await.unwrap();

    let second = DevelopmentIssuer::open(&scratch.0).unwrap();
    let token = second.sign(&REQUEST, NOW).unwrap();
    assert!(verifier.verify(&token, NOW).await.is_ok());

    let mut names = Vec::new();
    for file in std::fs::read_dir(scratch.0.join("keys")).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        names.push(file.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(
        names,
        ["development-issuer.jwks.json", "development-issuer.p8"]
    );
}

#[test]
fn processes_that_start_at_once_agree_on_one_key() {
    let scratch = Scratch::new();
    let sets: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    DevelopmentIssuer::open(&scratch.0).unwrap();
                    let file = scratch.0.join("keys/development-issuer.jwks.json");
                    std::fs::read_to_string(file).unwrap()
                })
            })
            .collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert!(sets.iter().all(|set| *set == sets[0]));
}

#[test]
fn a_key_others_can_read_or_that_is_none_is_refused() {
    let scratch = Scratch::new();
    DevelopmentIssuer::open(&scratch.0).unwrap();
    let file = scratch.0.join("keys/development-issuer.p8");

    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(
        DevelopmentIssuer::open(&scratch.0),
        Err(DevelopmentError::Exposed { .. })
    ));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&file, b"no key").unwrap();
    assert!(matches!(
        DevelopmentIssuer::open(&scratch.0),
        Err(DevelopmentError::Key { .. })
    ));
}

#[test]
fn a_token_the_service_would_refuse_is_not_signed() {
    let scratch = Scratch::new();
    let issuer = DevelopmentIssuer::open(&scratch.0).unwrap();
    for request in [
        TokenRequest {
            client_id: "",
            ..REQUEST
        },
        TokenRequest {
            officer_id: Some("a b"),
            ..REQUEST
        },
        TokenRequest {
            scopes: "a\n",
            ..REQUEST
        },
        TokenRequest {
            lifetime: SignedDuration::from_secs(86_401),
            ..REQUEST
        },
        TokenRequest {
            lifetime: SignedDuration::ZERO,
            ..REQUEST
        },
    ] {
        assert!(matches!(
            issuer.sign(&request, NOW),
            Err(DevelopmentError::Request(_))
        ));
    }
}

#[tokio::test]
async fn the_development_issuer_of_another_directory_is_a_stranger() {
    let (here, there) = (Scratch::new(), Scratch::new());
    let issuer = DevelopmentIssuer::open(&here.0).unwrap();
    let stranger = DevelopmentIssuer::open(&there.0).unwrap();
    let verifier = Verifier::new(&config(vec![issuer.config().unwrap()]), LOOPBACK).unwrap();
    verifier.load(NOW).await.unwrap();

    let token = stranger.sign(&REQUEST, NOW).unwrap();

    assert_eq!(verifier.verify(&token, NOW).await, Err(TokenError::Invalid));
}

#[test]
fn it_is_believed_on_loopback_only() {
    for loopback in [
        "127.0.0.1:80",
        "127.9.9.9:1",
        "[::1]:80",
        "[::ffff:127.0.0.1]:80",
    ] {
        assert!(permitted(loopback.parse().unwrap()), "{loopback}");
    }
    for open in [
        "0.0.0.0:80",
        "[::]:80",
        "10.0.0.1:80",
        "[::ffff:10.0.0.1]:80",
        "[fe80::1]:80",
    ] {
        assert!(!permitted(open.parse().unwrap()), "{open}");
    }
    let scratch = Scratch::new();
    let issuer = DevelopmentIssuer::open(&scratch.0)
        .unwrap()
        .config()
        .unwrap();
    assert!(is_issuer(&issuer));
    assert!(Verifier::new(&config(vec![issuer]), "[::]:80".parse().unwrap()).is_err());
}
