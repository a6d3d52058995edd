//! Where one role's connections go, and how they are made. What lies in a file is read again for
//! every new connection, so that a rotated password or another authority needs no restart.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use deadpool_postgres::Connect;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::task::JoinHandle;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::{Address, AddressError};
use super::connect::{
    CONNECT_TIMEOUT, KEEPALIVES_IDLE, KEEPALIVES_INTERVAL, KEEPALIVES_RETRIES, TCP_USER_TIMEOUT,
};
use crate::files::{self, Digest, Watch};
use crate::tls;

/// A file with an address is no longer than this.
const URL_LIMIT: u64 = 16 * 1024;

/// What TLS makes of a socket, where it is spoken.
pub(super) type Stream = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;

/// The address of a database, or the file that holds it.
#[derive(Clone, Copy)]
pub enum Url<'a> {
    /// The address itself.
    Text(&'a str),
    /// A file that its owner alone may read, with the address and nothing else in it.
    File(&'a Path),
}

impl std::fmt::Debug for Url<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(_) => f.write_str("Url(***)"),
            Self::File(path) => write!(f, "Url(in {})", path.display()),
        }
    }
}

/// Why a role cannot connect as it is configured.
#[derive(Debug, thiserror::Error)]
pub(super) enum EndpointError {
    #[error("the address cannot be used")]
    Address(#[from] AddressError),
    #[error("the address in `{}` cannot be used", .0.display())]
    AddressIn(PathBuf, #[source] AddressError),
    #[error("the address cannot be read")]
    File(#[from] files::Error),
    #[error("TLS cannot be spoken")]
    Tls(#[from] tls::Error),
}

/// Where one role's connections go.
#[derive(Debug)]
pub(super) struct Endpoint {
    tls: Arc<tls::Client>,
    file: Option<PathBuf>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    address: Address,
    watch: Option<Watch>,
}

impl Endpoint {
    /// One by its address, which must be usable now.
    pub fn open(url: Url<'_>, tls: &Arc<tls::Client>) -> Result<Self, EndpointError> {
        let (address, file, watch) = match url {
            Url::Text(text) => (Address::parse(text, tls.has_authorities())?, None, None),
            Url::File(path) => {
                let (digest, text) = read(path)?;
                let address = address_in(path, &text, tls)?;
                (address, Some(path.to_owned()), Some(Watch::new(digest)))
            }
        };
        tls.prepare(address.verification)?;
        Ok(Self {
            tls: Arc::clone(tls),
            file,
            state: Mutex::new(State { address, watch }),
        })
    }

    /// One without TLS.
    pub fn plain(config: Config, tls: &Arc<tls::Client>) -> Self {
        let address = Address::plain(config);
        let state = State {
            address,
            watch: None,
        };
        Self {
            tls: Arc::clone(tls),
            file: None,
            state: Mutex::new(state),
        }
    }

    /// A new connection, with these settings for its session beside those of the address.
    pub async fn connect(
        self: &Arc<Self>,
        options: Option<&str>,
    ) -> Result<(Client, Connection<Socket, Stream>), tokio_postgres::Error> {
        let (mut config, tls) = if self.reads_files() {
            let endpoint = Arc::clone(self);
            // Reading blocks, however shortly.
            let looked = tokio::task::spawn_blocking(move || endpoint.now()).await;
            looked.unwrap_or_else(|_| self.now())
        } else {
            self.now()
        };
        if let Some(options) = options {
            let all = match config.get_options() {
                Some(given) => format!("{given} {options}"),
                None => options.to_owned(),
            };
            config.options(&all);
        }
        config
            .application_name("dancu")
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_user_timeout(TCP_USER_TIMEOUT)
            .keepalives_idle(KEEPALIVES_IDLE)
            .keepalives_interval(KEEPALIVES_INTERVAL)
            .keepalives_retries(KEEPALIVES_RETRIES);
        config.connect(tls).await
    }

    /// Whether a new connection may have to look at files.
    fn reads_files(&self) -> bool {
        self.file.is_some() || self.lock().address.verification.is_some()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Where the next connection goes and how, by what the files hold now. Where they hold nothing
    /// that can be used, what they held before goes on.
    fn now(&self) -> (Config, MakeRustlsConnect) {
        let mut state = self.lock();
        let State { address, watch } = &mut *state;
        if let (Some(path), Some(watch)) = (&self.file, watch) {
            let looked = watch.look(read(path).map_err(EndpointError::from), |text| {
                let new = address_in(path, &text, &self.tls)?;
                self.tls.prepare(new.verification)?;
                *address = new;
                Ok(())
            });
            match looked {
                None => {}
                Some(Ok(())) => {
                    tracing::info!(file = %path.display(), "new connections go to another address");
                }
                Some(Err(error)) => {
                    let error: &dyn std::error::Error = &error;
                    tracing::error!(
                        file = %path.display(),
                        error,
                        "an address in a file cannot be used: new connections go to the one before"
                    );
                }
            }
        }
        let tls = self.tls.config(address.verification);
        (address.config.clone(), MakeRustlsConnect::new(tls))
    }
}

fn read(path: &Path) -> Result<(Digest, zeroize::Zeroizing<String>), files::Error> {
    let text = files::read_secret(path, URL_LIMIT)?;
    Ok((Digest::of(&[text.as_bytes()]), text))
}

fn address_in(path: &Path, text: &str, tls: &tls::Client) -> Result<Address, EndpointError> {
    Address::parse(text.trim_end(), tls.has_authorities())
        .map_err(|error| EndpointError::AddressIn(path.into(), error))
}

/// How a pool makes its connections.
pub(super) struct Connector {
    pub endpoint: Arc<Endpoint>,
    pub options: Option<String>,
}

impl Connect for Connector {
    fn connect(
        &self,
        _of_the_pool: &Config,
    ) -> BoxFuture<'_, Result<(Client, JoinHandle<()>), tokio_postgres::Error>> {
        async {
            let options = self.options.as_deref();
            let (client, connection) = self.endpoint.connect(options).await?;
            let driving = tokio::spawn(async move {
                if let Err(error) = connection.await {
                    let error: &dyn std::error::Error = &error;
                    tracing::warn!(error, "a connection to the database ended");
                }
            });
            Ok((client, driving))
        }
        .boxed()
    }
}
