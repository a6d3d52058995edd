//! Files with which the service does not start, and what the program says of its secrets.

use std::process::{Command, Output};

use dancu::server::StartError;

use super::NAME;
use crate::support::app::TestApp;
use crate::support::authority::{Authority, Files};

/// What the service says, with its causes, when it does not start with these files.
async fn refusal(files: &Files) -> String {
    let started = TestApp::try_with(|config| config.http.tls = files.config()).await;
    let error = match started {
        Err(error @ StartError::Tls(_)) => error,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it started"),
    };
    let mut said = String::new();
    let mut cause: Option<&dyn std::error::Error> = Some(&error);
    while let Some(error) = cause {
        said += &format!("{error}\n");
        cause = error.source();
    }
    said
}

#[actix_web::test]
async fn no_start_with_files_that_cannot_be_used_and_nothing_of_them_is_said() {
    let authority = Authority::new();
    let (good, other) = (authority.issue(&[NAME]), authority.issue(&[NAME]));
    let files = Files::of(&good);
    let secret = other.key.lines().nth(1).unwrap();

    files.write("key.pem", &other.key, 0o600);
    let said = refusal(&files).await;
    assert!(
        said.contains("is not that of the first certificate"),
        "{said}"
    );
    assert!(
        said.contains("key.pem") && said.contains("certificate.pem"),
        "{said}"
    );
    assert!(!said.contains(secret));

    files.write("key.pem", &other.key, 0o640);
    let said = refusal(&files).await;
    assert!(said.contains("may be read by others"), "{said}");

    files.write("key.pem", "none", 0o600);
    let said = refusal(&files).await;
    assert!(said.contains("holds no private key"), "{said}");

    std::fs::remove_file(files.path("key.pem")).unwrap();
    let said = refusal(&files).await;
    assert!(said.contains("there is no file"), "{said}");

    files.put(&good);
    files.write("certificate.pem", &good.key, 0o644);
    let said = refusal(&files).await;
    assert!(said.contains("holds no certificate"), "{said}");
}

/// The program, with these variables, in a directory without a configuration.
fn dancu(files: &Files, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dancu"))
        .args(arguments)
        .current_dir(files.directory())
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

#[test]
fn the_environment_names_files_and_what_is_printed_holds_no_secret() {
    let files = Files::new();
    let url = files.write("url", "postgres://dancu:s3cret@db.example/dancu\n", 0o600);
    let printed = dancu(
        &files,
        &["config"],
        &[
            ("DANCU_DATABASE__URL_FILE", url.to_str().unwrap()),
            (
                "DANCU_DATABASE__OWNER_URL",
                "postgres://owner:s3cret/or@db.example/dancu",
            ),
            ("DANCU_HTTP__TLS__CERTIFICATE_FILE", "/etc/certificate.pem"),
            ("DANCU_HTTP__TLS__KEY_FILE", "/etc/key.pem"),
            ("DANCU_HTTP__TLS__MIN_VERSION", "1.2"),
        ],
    );
    let printed = String::from_utf8(printed.stdout).unwrap();
    for shown in [
        &format!("url_file = {:?}", url.to_str().unwrap()),
        "owner_url = \"postgres://owner:***@db.example/dancu\"",
        "key_file = \"/etc/key.pem\"",
        "min_version = \"1.2\"",
    ] {
        assert!(printed.contains(shown), "{shown}: {printed}");
    }
    assert!(!printed.contains("s3cret"), "{printed}");
}

#[test]
fn a_command_whose_address_cannot_be_used_fails_and_does_not_repeat_it() {
    let files = Files::new();
    let path = files.path("url");
    for (text, mode, why) in [
        (
            "postgres://dancu:s3cret@127.0.0.1:1/dancu",
            0o644,
            "may be read by others",
        ),
        (
            "postgres://dancu:s3cret@127.0.0.1:1/dancu?s3cret=1",
            0o600,
            "cannot be read",
        ),
        (
            "postgres://dancu:s3cret@127.0.0.1:1/dancu",
            0o600,
            "Connection refused",
        ),
    ] {
        files.write("url", text, mode);
        let variables = [("DANCU_DATABASE__URL_FILE", path.to_str().unwrap())];
        let failed = dancu(&files, &["migrate"], &variables);
        let said = String::from_utf8(failed.stderr).unwrap();
        assert_eq!(failed.status.code(), Some(1), "{said}");
        assert!(said.contains(why), "{why}: {said}");
        assert!(!said.contains("s3cret"), "{said}");
    }
    let variables = [
        ("DANCU_DATABASE__URL_FILE", path.to_str().unwrap()),
        ("DANCU_DATABASE__URL", "postgres://127.0.0.1:1/dancu"),
    ];
    let failed = dancu(&files, &["migrate"], &variables);
    let said = String::from_utf8(failed.stderr).unwrap();
    assert!(said.contains("one is given"), "{said}");
}

#[test]
fn half_a_pair_is_wrong_usage_of_a_witness() {
    let files = Files::new();
    let witness = [
        "witness",
        "--name",
        "w.example/1",
        "--state",
        "state",
        "--print-key",
    ];
    for more in [
        &["--tls-certificate", "c.pem"][..],
        &["--tls-key", "k.pem"],
        &["--tls-client-ca", "a.pem"],
        &["--metrics-tls-key", "k.pem"],
        &["--tls-min-version", "1.1"],
    ] {
        let failed = dancu(&files, &[&witness, more].concat(), &[]);
        assert_eq!(failed.status.code(), Some(2), "{more:?}");
    }
    let key = dancu(&files, &witness, &[]);
    assert_eq!(key.status.code(), Some(0));
}
