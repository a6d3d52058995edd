//! A PostgreSQL that takes connections over TCP and speaks TLS, with passwords: unlike the one of all
//! other tests, which has a private socket only.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use dancu::audit;
use dancu::clock::Clock;
use dancu::embedded::{Options, Postgres};
use dancu::store::migrate;
use tokio_postgres::{Client, NoTls};

use crate::support::authority::{Files, Issued};
use crate::support::{scratch, within};

/// How long it may take to accept connections.
const START: std::time::Duration = std::time::Duration::from_secs(60);

/// Whom it lets in over TCP. The socket is trusted, for the test itself.
const ACCESS: &str = "local all all trust\n\
    hostssl all dancu_audit 127.0.0.1/32 cert\n\
    hostssl all dancu_service 127.0.0.1/32 scram-sha-256\n\
    hostnossl all dancu_service 127.0.0.1/32 scram-sha-256\n\
    hostssl all all 127.0.0.1/32 scram-sha-256\n";

/// The server, with a migrated database `dancu`; ended when it is dropped.
pub struct Server {
    pub port: u16,
    pub client: Client,
    child: Child,
    directory: PathBuf,
}

impl Server {
    /// Starts it with that certificate; `authority` signs certificates of its callers.
    pub async fn start(issued: &Issued, authority: &str) -> Self {
        let directory = scratch("tls-postgres");
        let options = Options {
            durable: false,
            ..Options::default()
        };
        let embedded = Postgres::start(&directory, options).await.unwrap();
        migrate::migrate(&embedded.database()).await.unwrap();
        audit::maintain(&embedded.database(), &Clock::default(), 1, None)
            .await
            .unwrap();
        // Its program and its user are those of any other server in these tests.
        let process = PathBuf::from(format!("/proc/{}", embedded.pid().unwrap()));
        let program = fs::read_link(process.join("exe")).unwrap();
        let cluster = fs::read_link(process.join("cwd")).unwrap();
        let owner = fs::metadata(&cluster).unwrap();
        embedded.stop().await.unwrap();

        let files = Files::of(issued);
        files.write("authority.pem", authority, 0o644);
        fs::write(cluster.join("pg_hba.conf"), ACCESS).unwrap();
        for name in ["certificate.pem", "key.pem", "authority.pem"] {
            fs::copy(files.path(name), cluster.join(name)).unwrap();
            chown(cluster.join(name), Some(owner.uid()), Some(owner.gid())).unwrap();
        }
        let socket = PathBuf::from(format!("/tmp/dancu-tls-{}", std::process::id()));
        let port = free_port();
        let socket = socket.with_extension(port.to_string());
        fs::create_dir(&socket).unwrap();
        chown(&socket, Some(owner.uid()), Some(owner.gid())).unwrap();
        let mut postgres = Command::new(program);
        postgres.arg("-D").arg(&cluster);
        for setting in [
            "ssl=on",
            "ssl_cert_file=certificate.pem",
            "ssl_key_file=key.pem",
            "ssl_ca_file=authority.pem",
            "listen_addresses=127.0.0.1",
            "unix_socket_permissions=0777",
            "password_encryption=scram-sha-256",
            "log_connections=on",
        ] {
            postgres.args(["-c", setting]);
        }
        postgres.args(["-c", &format!("port={port}")]);
        postgres.args([
            "-c",
            &format!("unix_socket_directories={}", socket.display()),
        ]);
        let log = fs::File::create(directory.join("tls.log")).unwrap();
        let child = postgres
            .uid(owner.uid())
            .gid(owner.gid())
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .process_group(0)
            .spawn()
            .unwrap();
        let mut client = None;
        within("the server accepts connections", START, async || {
            client = connect(&socket, port).await;
            client.is_some()
        })
        .await;
        Self {
            port,
            client: client.unwrap(),
            child,
            directory: socket,
        }
    }

    /// Gives a role a password.
    pub async fn password(&self, role: &str, password: &str) {
        let alter = format!("ALTER ROLE {role} PASSWORD '{password}'");
        self.client.batch_execute(&alter).await.unwrap();
    }

    /// The address for a role with a password, under a name of the server.
    pub fn url(&self, role: &str, password: &str, name: &str, more: &str) -> String {
        let port = self.port;
        format!("postgres://{role}:{password}@{name}:{port}/dancu?hostaddr=127.0.0.1&{more}")
    }
}

/// A connection of the superuser over the socket, once there is one.
async fn connect(socket: &std::path::Path, port: u16) -> Option<Client> {
    let file = socket.join(format!(".s.PGSQL.{port}"));
    if !file.exists() {
        tokio::task::yield_now().await;
        return None;
    }
    let connected = tokio_postgres::Config::new()
        .host_path(socket)
        .port(port)
        .user("postgres")
        .dbname("dancu")
        .connect(NoTls)
        .await;
    let (client, connection) = connected.ok()?;
    drop(tokio::spawn(connection));
    Some(client)
}

/// Free a moment ago, which is as good as it gets for a port that must be named.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

impl Drop for Server {
    fn drop(&mut self) {
        let told = Command::new("kill")
            .args(["-INT", &self.child.id().to_string()])
            .status();
        let _told = told.unwrap();
        let _ended = self.child.wait();
        let _removed = fs::remove_dir_all(&self.directory);
    }
}
