//! The service's lookup beside that of its peers.

use std::fmt::Write as _;

use super::figures::Figures;
use super::group::{Comparison, Group};
use super::table::spread;
use crate::statistics::Spread;
use crate::workload::Workload;

impl Group {
    /// What the service does for what a peer does, and who of them reads the database.
    pub fn write_peers(&self, out: &mut String) {
        let peers = self.closed.iter().filter(|it| it.workload.peer().is_some());
        let peers: Vec<&Figures> = peers.collect();
        if peers.is_empty() {
            return;
        }
        let _ = writeln!(
            out,
            "beside peers, while nobody seals the log or makes it searchable; what dancu did divided by \
             what the peer did in the same round:"
        );
        type Figure = fn(&Comparison) -> &Spread;
        let figures: [(&str, Figure); 2] = [
            ("requests a second", |it| &it.per_second),
            ("processor time a request", |it| &it.cpu),
        ];
        for (title, figure) in figures {
            let _ = write!(out, "{title:<26}");
            for workload in Workload::BESIDE_PEERS {
                let _ = write!(out, "{:>24}", workload.name());
            }
            out.push('\n');
            for peer in &peers {
                let _ = write!(out, "  {:<24}", peer.name);
                for workload in Workload::BESIDE_PEERS {
                    let mut beside = self.peers.iter();
                    let beside =
                        beside.find(|it| it.workload == workload && it.plain == peer.workload);
                    let cell = beside.map_or(String::new(), |it| spread(figure(it), 2));
                    let _ = write!(out, "{cell:>24}");
                }
                out.push('\n');
            }
        }
        for workload in Workload::BESIDE_PEERS {
            let figures = self.closed.iter().find(|it| it.workload == workload);
            if let Some(figures) = figures {
                let _ = writeln!(
                    out,
                    "{}: dancu found {:.0} % of the people in its cache, and read the others from the \
                     database; each answer waited for its entry",
                    figures.name,
                    figures.cache_hits * 100.0
                );
            }
        }
        out.push_str(
            "peers: none has a cache, each request reads the database; a row is one of its own log, \
             committed before the answer\n",
        );
    }
}
