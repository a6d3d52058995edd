//! A socket between a lane and its server, which cuts the line at the worst moment.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use dancu::store::Database;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::AbortHandle;

/// What a commit of its own begins with, and the bytes of a query message before its text.
const COMMIT: &[u8] = b"/* lane/commit */";
const QUERY: usize = 5;
/// The message behind a statement that commits by itself.
const SYNC: &[u8] = b"S\0\0\0\x04";
/// No other statement of a lane's is sent with as much as an entry.
const ENTRY: usize = 200;

/// Where the line is cut.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Nowhere.
    Nowhere = 0,
    /// The commit never reaches the server.
    BeforeCommit = 1,
    /// The server commits, and its answer never reaches the lane.
    AfterCommit = 2,
}

/// A proxy for one server's socket.
pub struct Proxy {
    directory: PathBuf,
    next: Arc<AtomicU8>,
    task: AbortHandle,
}

impl Proxy {
    /// In front of the server whose socket lies in `upstream`.
    pub fn new(upstream: &Path) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let directory = PathBuf::from(format!("/tmp/dancu-cut-{}-{number}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let listener = UnixListener::bind(directory.join(".s.PGSQL.5432")).unwrap();
        let next = Arc::new(AtomicU8::new(Cut::Nowhere as u8));
        let (upstream, cut) = (upstream.join(".s.PGSQL.5432"), Arc::clone(&next));
        let task = tokio::spawn(async move {
            while let Ok((lane, _)) = listener.accept().await {
                let server = UnixStream::connect(&upstream).await.unwrap();
                drop(tokio::spawn(forward(lane, server, Arc::clone(&cut))));
            }
        });
        Self {
            directory,
            next,
            task: task.abort_handle(),
        }
    }

    /// The database of that name, through the proxy.
    pub fn database(&self, name: &str) -> Database {
        Database::from_socket(&self.directory, 5432, name)
    }

    /// Cuts the line at the next commit, once.
    pub fn cut(&self, at: Cut) {
        self.next.store(at as u8, Ordering::SeqCst);
    }

    /// Whether the line was cut.
    pub fn has_cut(&self) -> bool {
        self.next.load(Ordering::SeqCst) == Cut::Nowhere as u8
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
        fs::remove_dir_all(&self.directory).unwrap();
    }
}

/// Where in these bytes a batch is committed.
fn commit(sent: &[u8]) -> Option<usize> {
    let own = sent.windows(COMMIT.len()).position(|it| it == COMMIT);
    let by_itself = || {
        let before = sent.strip_suffix(SYNC)?;
        (before.len() > ENTRY).then_some(before.len())
    };
    own.map(|at| at - QUERY).or_else(by_itself)
}

/// Carries bytes both ways until either side ends, or the cut.
async fn forward(mut lane: UnixStream, mut server: UnixStream, cut: Arc<AtomicU8>) {
    let (mut up, mut down) = (vec![0; 65_536], vec![0; 65_536]);
    loop {
        tokio::select! {
            read = lane.read(&mut up) => {
                let Ok(count @ 1..) = read else { return };
                let commit = commit(&up[..count]);
                let at = cut.load(Ordering::SeqCst);
                if let Some(commit) = commit && at == Cut::BeforeCommit as u8 {
                    cut.store(Cut::Nowhere as u8, Ordering::SeqCst);
                    // The server is left in the transaction with the rows written or about to be, and
                    // hears nothing of the cut.
                    server.write_all(&up[..commit]).await.unwrap();
                    std::mem::forget(server);
                    return;
                }
                server.write_all(&up[..count]).await.unwrap();
                if commit.is_some() && at == Cut::AfterCommit as u8 {
                    cut.store(Cut::Nowhere as u8, Ordering::SeqCst);
                    let answered = server.read(&mut down).await.unwrap();
                    assert_ne!(answered, 0);
                    std::mem::forget(server);
                    return;
                }
            }
            read = server.read(&mut down) => {
                let Ok(count @ 1..) = read else { return };
                if lane.write_all(&down[..count]).await.is_err() {
                    return;
                }
            }
        }
    }
}
