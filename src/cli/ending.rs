//! The signals that end a process: Ctrl-C, `kill`, and a terminal that goes away.

use std::{fs, io};

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::Failure;

/// The process was told to end before its work was done.
#[derive(Debug, thiserror::Error)]
#[error("told to end before it was done")]
struct Told;

/// Listens for what ends the process. From then on no such signal ends it by itself, so whoever
/// listens must end it, and with it whatever was started.
pub struct Ending {
    interrupted: Signal,
    terminated: Signal,
    /// None where the signal is ignored, as `nohup` has it.
    hung_up: Option<Signal>,
}

impl Ending {
    /// Listens from now on.
    pub fn listen() -> io::Result<Self> {
        let hung_up = if ignores_hanging_up(&fs::read_to_string("/proc/self/status")?) {
            None
        } else {
            Some(signal(SignalKind::hangup())?)
        };
        Ok(Self {
            interrupted: signal(SignalKind::interrupt())?,
            terminated: signal(SignalKind::terminate())?,
            hung_up,
        })
    }

    /// Waits until the process is told to end.
    pub async fn told(&mut self) {
        let hung_up = async {
            match &mut self.hung_up {
                Some(hung_up) => hung_up.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupted.recv() => {}
            _ = self.terminated.recv() => {}
            _ = hung_up => {}
        }
    }

    /// What becomes of the work; a failure, with the work dropped, once the process is told to end.
    pub async fn unless_told<T, E: Into<Failure>>(
        &mut self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Failure> {
        tokio::select! {
            done = work => done.map_err(Into::into),
            () = self.told() => Err(Told.into()),
        }
    }
}

/// Whether a process with this `/proc/…/status` ignores SIGHUP, the first bit of its mask.
fn ignores_hanging_up(status: &str) -> bool {
    let ignored = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hanging_up_is_ignored_where_the_first_bit_says_so() {
        let status =
            |mask: &str| format!("Name:\tdancu\nSigIgn:\t{mask}\nSigCgt:\t0000000000000001\n");
        assert!(ignores_hanging_up(&status("0000000000001001")));
        assert!(!ignores_hanging_up(&status("0000000000001000")));
        assert!(!ignores_hanging_up(""));
    }
}
