//! The real program, saying everything it can be made to say.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use dancu::auth::development::{AUDIENCE, DevelopmentIssuer, ISSUER, TokenRequest};
use dancu::clock::Clock;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{scratch, superuser};

/// Longer than a start may take, a first one on a busy machine included.
const PATIENCE: Duration = Duration::from_secs(120);

/// `dancu serve` with its own database.
pub struct Process {
    pub address: SocketAddr,
    pub metrics: SocketAddr,
    data_dir: PathBuf,
    issuer: DevelopmentIssuer,
    child: Child,
    log: Option<JoinHandle<String>>,
}

impl Process {
    /// Starts it with this `[log]`, and with further sections.
    pub fn start(log: &str, sections: &str) -> Self {
        let data_dir = scratch("canary");
        fs::create_dir_all(&data_dir).unwrap();
        let issuer = DevelopmentIssuer::open(&data_dir).unwrap();
        let jwks = issuer.config().unwrap().jwks;
        // Free a moment ago, which is as good as it gets for a port that must be named.
        let metrics = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let config = data_dir.join("dancu.toml");
        let text = format!(
            "data_dir = {data_dir:?}\n\
             [http]\nlisten = \"127.0.0.1:0\"\nmetrics_listen = \"{metrics}\"\nworkers = 1\n\
             [log]\n{log}\n{sections}\n\
             [console]\npaste = true\n\
             [signals]\nocsf_file = {:?}\n\
             [signals.distinct_people]\nofficer = 1\nclient = 1\n\
             [signals.no_match_ratio]\npercent = 1\nofficer_least = 1\nclient_least = 1\n\
             [signals.many_officers]\nleast = 2\n\
             [signals.off_hours]\nleast = 1\nfrom_hour = 0\nto_hour = 0\n\
             [auth]\nbootstrap_client = \"admin-cli\"\n\
             [[auth.issuers]]\nissuer = \"{ISSUER}\"\naudience = \"{AUDIENCE}\"\n\
             algorithms = [\"ES256\"]\njwks = \"{jwks}\"\n",
            data_dir.join("signals.ndjson")
        );
        fs::write(&config, text).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_dancu"))
            .args(["serve", "--config"])
            .arg(&config)
            .env("RUST_BACKTRACE", "full")
            .env("RUST_LOG", "trace")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = child.stderr.take().unwrap();
        let (answers, begun) = mpsc::channel();
        let log = std::thread::spawn(move || {
            let mut all = String::new();
            for line in BufReader::new(stderr).split(b'\n') {
                let line = String::from_utf8_lossy(&line.unwrap()).into_owned();
                if let Some(address) = line.strip_prefix("dancu answers on http://") {
                    let _nobody_waits = answers.send(address.parse::<SocketAddr>().unwrap());
                }
                all.push_str(&line);
                all.push('\n');
            }
            all
        });
        let Ok(address) = begun.recv_timeout(PATIENCE) else {
            let _ended = child.kill();
            panic!("the program did not start: {}", log.join().unwrap());
        };
        Self {
            address,
            metrics,
            data_dir,
            issuer,
            child,
            log: Some(log),
        }
    }

    /// A token of the development issuer.
    pub fn token(&self, client_id: &str, scopes: &str, officer_id: Option<&str>) -> String {
        let lifetime = SignedDuration::from_hours(1);
        let request = TokenRequest {
            client_id,
            scopes,
            officer_id,
            lifetime,
        };
        self.issuer.sign(&request, Clock::default().now()).unwrap()
    }

    /// A good token whose every free member is the caller's choice.
    pub fn token_of(&self, claims: &Value) -> String {
        let key = fs::read(self.data_dir.join("keys/development-issuer.p8")).unwrap();
        let key = jsonwebtoken::EncodingKey::from_ec_der(&key);
        let set = fs::read(self.data_dir.join("keys/development-issuer.jwks.json")).unwrap();
        let set: Value = serde_json::from_slice(&set).unwrap();
        let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::ES256);
        header.typ = Some("at+jwt".into());
        header.kid = set["keys"][0]["kid"].as_str().map(Into::into);
        let now = Clock::default().now().as_second();
        let mut all = json!({"iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + 600});
        for (name, value) in claims.as_object().unwrap() {
            all[name] = value.clone();
        }
        jsonwebtoken::encode(&header, &all, &key).unwrap()
    }

    /// The signals it told.
    pub async fn signals(&self) -> String {
        // Looking is no waiting: whoever tells needs a turn.
        tokio::task::yield_now().await;
        fs::read_to_string(self.data_dir.join("signals.ndjson")).unwrap_or_default()
    }

    /// A connection of the database's superuser.
    pub async fn database(&self) -> tokio_postgres::Client {
        let pid_file = fs::read_to_string(self.data_dir.join("cluster/postmaster.pid")).unwrap();
        superuser(pid_file.lines().nth(4).unwrap().as_ref(), "dancu").await
    }

    /// Ends it as an operator would; all it said, and all its database said.
    pub fn end(mut self) -> (String, String) {
        let told = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status();
        assert!(told.unwrap().success());
        assert!(self.child.wait().unwrap().success());
        let said = self.log.take().unwrap().join().unwrap();
        let database = fs::read(self.data_dir.join("log/postgresql.log")).unwrap();
        (said, String::from_utf8_lossy(&database).into_owned())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.log.is_some() {
            let _ended = Command::new("kill")
                .args(["-TERM", &self.child.id().to_string()])
                .status();
            let _status = self.child.wait();
        }
    }
}
