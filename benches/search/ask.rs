//! The questions, how long each takes, and what it touches.

use std::path::Path;
use std::time::Instant;

use dancu::audit::Log;
use dancu::audit::search::{Criteria, Order, Position, beginning};
use dancu::domain::auditing::GroupBy;
use dancu::domain::entry::{Month, Private};
use dancu::keys::{KeyRing, Keys};
use dancu::service::auditors::Grouping;
use dancu::store::{Database, Role};
use deadpool_postgres::Object;

use super::Failure;
use super::world::{DAYS, World, dice};

/// How often each question is asked, of which the first are not counted.
const TIMES: u64 = 110;
const WARM: u64 = 10;
/// The same for questions that take seconds.
const SLOW_TIMES: u64 = 4;
const SLOW_WARM: u64 = 1;

/// No statement is ended for taking long: how long it takes is the question.
const LIMIT: std::time::Duration = std::time::Duration::from_mins(10);

/// Asks for statement plans as they were executed, parameters left out.
const EXPLAIN: &str = "
    ALTER ROLE dancu_audit SET session_preload_libraries = 'auto_explain';
    ALTER ROLE dancu_audit SET auto_explain.log_min_duration = 0;
    ALTER ROLE dancu_audit SET auto_explain.log_analyze = on;
    ALTER ROLE dancu_audit SET auto_explain.log_buffers = on;
    ALTER ROLE dancu_audit SET auto_explain.log_timing = off;
    ALTER ROLE dancu_audit SET auto_explain.log_level = 'warning'";
const DO_NOT_EXPLAIN: &str = "ALTER ROLE dancu_audit RESET ALL";

struct Questions<'a> {
    log: Log,
    world: &'a World,
    ring: KeyRing,
}

/// A question by its name; what is asked depends on the number, and what comes is how many rows.
macro_rules! questions {
    ($asking:ident, $of:ident; $($name:literal $times:ident => $body:expr,)+) => {
        const NAMES: &[(&str, bool)] = &[$(($name, stringify!($times).len() == "slow".len()),)+];

        async fn one($asking: &Questions<'_>, name: &str, $of: u64) -> Result<u64, Failure> {
            match name {
                $($name => $body.await,)+
                _ => unreachable!("every name is one of the list"),
            }
        }
    };
}

questions! { asking, of;
    "subject" often => asking.newest(asking.person(of)),
    "subject, the most asked about" often => asking.newest(asking.subject(0)),
    "subject, nobody" often => asking.newest(asking.subject(5_000_000 + of)),
    "subject, log order" often => asking.page(asking.person(of), Order::Log, None, 100),
    "subject report" often => asking.newest(
        asking.person(of).operations(Some(vec!["verify", "lookup", "prefill"]))
            .without_procedures(Some(vec!["1.004003".into()]))),
    "officer" often => asking.newest(asking.officer(of)),
    "officer, no_match" often => asking.newest(asking.officer(of).decision(Some("no_match"))),
    "officer, refused" often => asking.newest(asking.officer(of).decision(Some("refused"))),
    "case" often => asking.newest(asking.case(of)),
    "client" often => asking.newest(asking.client(of)),
    "client, log order" often => asking.page(asking.client(of), Order::Log, None, 100),
    "client, a day" often => asking.newest(asking.within_day(asking.client(of), of)),
    "client, refused" often => asking.newest(asking.client(of).decision(Some("refused"))),
    "client, nothing matches" often => asking.newest(asking.client(of).decision(Some("failed"))),
    "agency" often => asking.newest(Criteria::default().agencies(Some(vec![format!("H{:03}", of % 200)]))),
    "200 agencies" often => asking.newest(Criteria::default().agencies(Some(all_agencies()))),
    "200 agencies, refused" often => asking.newest(
        Criteria::default().agencies(Some(all_agencies())).decision(Some("refused"))),
    "10,000 agencies" often => asking.newest(Criteria::default().agencies(Some(
        (0..10_000).map(|it| format!("H{it:03}")).collect()))),
    "procedure" often => asking.newest(Criteria::default().procedure(Some(format!("1.{:06}", 4000 + of % 40)))),
    "no condition" often => asking.newest(Criteria::default()),
    "500 entries" often => asking.page(Criteria::default(), Order::Newest, None, 500),
    "500 entries, revealed" often => asking.revealed(500),
    "time, a minute" often => asking.newest(asking.minute(of)),
    "time, a day, log order" often => asking.page(asking.within_day(Criteria::default(), of), Order::Log, None, 100),
    "a day, no_match" often => asking.newest(asking.within_day(Criteria::default(), of).decision(Some("no_match"))),
    "decision alone, failed" often => asking.newest(Criteria::default().decision(Some("failed"))),
    "deep page, newest" often => asking.page(Criteria::default(), Order::Newest, Some(asking.position(of)), 100),
    "deep page, client" often => asking.page(asking.client(of), Order::Newest, Some(asking.position(of)), 100),
    "reconciliation of a day" slow => asking.reconcile(of),
    "statistics: a day by agency" slow => asking.count(&[GroupBy::Agency], asking.within_day(Criteria::default(), of)),
    "statistics: a client's day by officer" slow => asking.count(
        &[GroupBy::Officer], asking.within_day(asking.client(of), of)),
    "statistics: the month by agency" slow => asking.count(&[GroupBy::Agency], Criteria::default()),
    "statistics: the month by officer" slow => asking.count(&[GroupBy::Officer], Criteria::default()),
    "statistics: the month by day, decision" slow => asking.count(
        &[GroupBy::Day, GroupBy::Decision], Criteria::default()),
    "export, 20,000 entries" slow => asking.export(20_000),
}

fn all_agencies() -> Vec<String> {
    (0..200).map(|it| format!("H{it:03}")).collect()
}

/// Asks everything twice: for the time, and for what it touches.
pub async fn ask(
    database: &Database,
    owner: &Object,
    world: &World,
    keys: &Keys,
    log: &Path,
) -> Result<(), Failure> {
    let only = std::env::var("DANCU_ONLY").unwrap_or_default();
    let asking = async || {
        Ok::<_, Failure>(Questions {
            log: Log::new(
                database.reader(Role::Audit, 2),
                database.searcher(4, LIMIT),
                database.searcher(2, LIMIT),
            ),
            world,
            ring: keys.ring(Month::FIRST, Month::LAST).await?,
        })
    };
    println!("| question | rows | median ms | p99 ms | pages |\n|---|---|---|---|---|");
    for (name, is_slow) in NAMES {
        if !name.contains(&only) {
            continue;
        }
        let (times, warm) = if *is_slow {
            (SLOW_TIMES, SLOW_WARM)
        } else {
            (TIMES, WARM)
        };
        let questions = asking().await?;
        let (mut took, mut rows) = (Vec::new(), Vec::new());
        for of in 0..times {
            let began = Instant::now();
            let found = one(&questions, name, of).await?;
            if of >= warm {
                took.push(began.elapsed().as_secs_f64() * 1e3);
                rows.push(found);
            }
        }
        drop(questions);
        owner.batch_execute(EXPLAIN).await?;
        let before = std::fs::metadata(log)?.len();
        let questions = asking().await?;
        let asked = if *is_slow { 1 } else { 20 };
        for of in 0..asked {
            one(&questions, name, of).await?;
        }
        owner.batch_execute(DO_NOT_EXPLAIN).await?;
        let said = std::fs::read(log)?;
        let said = String::from_utf8_lossy(&said[before as usize..]).into_owned();
        if !only.is_empty() {
            println!("{said}");
        }
        took.sort_unstable_by(f64::total_cmp);
        rows.sort_unstable();
        println!(
            "| {name} | {} | {:.1} | {:.1} | {} |",
            rows[rows.len() / 2],
            took[took.len() / 2],
            took[(took.len() * 99).div_ceil(100) - 1],
            pages(&said) / asked
        );
    }
    Ok(())
}

/// The pages of all plans: of each, the first line that counts them, which is the whole plan's.
fn pages(said: &str) -> u64 {
    let plans = said.split("duration: ").skip(1);
    let of_plan = |plan: &str| -> u64 {
        let line = plan
            .lines()
            .find(|line| line.trim_start().starts_with("Buffers: shared"));
        let words = line.unwrap_or_default().split_whitespace();
        let counts = words.filter_map(|word| {
            let (kind, count) = word.split_once('=')?;
            matches!(kind, "hit" | "read")
                .then(|| count.trim_end_matches(',').parse::<u64>().ok())?
        });
        counts.sum::<u64>()
    };
    plans.map(of_plan).sum()
}

impl Questions<'_> {
    fn drawn(&self, of: u64) -> super::world::Asked {
        let number = (dice(of, 99) * self.world.entries as f64) as u64;
        self.world.asked(number)
    }

    fn subject(&self, rank: u64) -> Criteria {
        self.of_person(&World::person(rank))
    }

    fn person(&self, of: u64) -> Criteria {
        self.of_person(&self.drawn(of).person)
    }

    fn of_person(&self, number: &str) -> Criteria {
        Criteria::default().subject(Some(self.ring.subject_tags(Private::new(number)).collect()))
    }

    fn officer(&self, of: u64) -> Criteria {
        let officer = self.drawn(of).officer;
        Criteria::default().officer(Some(
            self.ring.officer_tags(Private::new(&officer)).collect(),
        ))
    }

    fn case(&self, of: u64) -> Criteria {
        let case = self.drawn(of).case;
        Criteria::default().case(Some(self.ring.case_tags(Private::new(&case)).collect()))
    }

    fn client(&self, of: u64) -> Criteria {
        Criteria::default().client(Some(self.drawn(of).client))
    }

    fn within_day(&self, criteria: Criteria, of: u64) -> Criteria {
        let day = World::day(of % DAYS);
        criteria
            .from(Some(beginning(day)))
            .to(day.tomorrow().ok().map(beginning))
    }

    fn minute(&self, of: u64) -> Criteria {
        let from = self.world.at(of % DAYS, of * 31 % self.world.a_day());
        let to = from + jiff::SignedDuration::from_mins(1);
        Criteria::default().from(Some(from)).to(Some(to))
    }

    fn position(&self, of: u64) -> Position {
        Position::new(1, (dice(of, 98) * self.world.entries as f64) as u64)
    }

    async fn newest(&self, criteria: Criteria) -> Result<u64, Failure> {
        self.page(criteria, Order::Newest, None, 100).await
    }

    async fn page(
        &self,
        criteria: Criteria,
        order: Order,
        after: Option<Position>,
        limit: usize,
    ) -> Result<u64, Failure> {
        let page = self.log.search(&criteria, order, after, limit).await?;
        Ok(page.entries.len() as u64)
    }

    async fn revealed(&self, limit: usize) -> Result<u64, Failure> {
        let order = Order::Newest;
        let page = self
            .log
            .search(&Criteria::default(), order, None, limit)
            .await?;
        let mut opened = 0;
        for (_, found) in &page.entries {
            let seen = self
                .ring
                .unseal(&found.entry.nonce, &found.entry.protected)?;
            opened += u64::from(seen.values().subject.is_some());
        }
        Ok(opened)
    }

    async fn count(&self, by: &[GroupBy], criteria: Criteria) -> Result<u64, Failure> {
        let groups = self
            .log
            .statistics(Grouping::by(by), &criteria, 10_001)
            .await?;
        Ok(groups.len() as u64)
    }

    async fn reconcile(&self, of: u64) -> Result<u64, Failure> {
        let client = self.drawn(of).client;
        let day = World::day(of % DAYS);
        Ok(self.log.reconcile(&client, day, None).await?.entries)
    }

    async fn export(&self, entries: u64) -> Result<u64, Failure> {
        let mut walk = self.log.walk(Criteria::default(), Order::Log).await?;
        let mut exported = 0;
        while exported < entries {
            let (found, is_last) = self.log.walk_on(&mut walk, 500).await?;
            exported += found.len() as u64;
            if is_last {
                break;
            }
        }
        Ok(exported)
    }
}
