//! `dancu keys destroy-months`: makes the people of months that are over unreadable, for good.

use std::fmt::Write;

use super::month_keys;
use crate::cli::attach::{Attached, system_user};
use crate::cli::{Failure, print, say};
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::entry::Month;
use crate::service::month_keys::{MonthKeys, Reach};

/// Destroys every generation of the keys of months that are over, for good.
///
/// Nobody can reveal or search for the people, officers and cases of those months any more. The
/// entries stay, and with them the log and its proofs. This month and the last are refused, for
/// their keys are in the memory of running processes. Backups still hold the wrapped keys: `dancu
/// keys rewrap`, and the end of the old key file, complete the destruction.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: dancu keys destroy-months 202311 202312 --dry-run")]
pub struct Args {
    /// The months, as 202311 or 2023-11.
    #[arg(required = true, value_name = "MONTH", value_parser = month)]
    months: Vec<Month>,
    /// Only say what would become unreadable, and what would not.
    #[arg(long)]
    dry_run: bool,
}

/// Destroys, or says what that would mean.
pub async fn run(args: &Args, config: &Config, attached: &Attached) -> Result<(), Failure> {
    let mut months = args.months.clone();
    months.sort_unstable();
    months.dedup();
    let now = Clock::default().now();
    MonthKeys::check_over(&months, now)?;
    let keys = month_keys(attached);
    if args.dry_run {
        let reach = keys.reach(&months).await?;
        print(report(&reach).trim_end())?;
        say("Nothing was destroyed.");
        return Ok(());
    }
    let open = attached.log(config).await?;
    let destroyed = keys.destroy(&open.log, &months, now, &system_user()).await;
    open.close().await;
    for (month, pairs) in destroyed? {
        say(&match pairs {
            0 => format!("{month}: there were no keys."),
            1 => format!("{month}: the keys are destroyed."),
            more => format!("{month}: the keys are destroyed, {more} generations."),
        });
    }
    say("Backups still hold them, wrapped: `dancu keys rewrap` says how to complete this.");
    Ok(())
}

/// What would become unreadable and what would stay, month by month.
fn report(reach: &[Reach]) -> String {
    let mut text = String::new();
    for month in reach {
        let count = &month.count;
        let keys = match month.generations {
            0 => "no keys: they were destroyed, or never made".to_owned(),
            1 => "keys of one generation".to_owned(),
            more => format!("keys of {more} generations"),
        };
        let gone = if month.generations == 0 {
            "nothing that is readable now".to_owned()
        } else {
            format!(
                "the persons, officers and cases of {} entries, and before and after of {} \
                 administrative changes",
                count.tagged, count.attachments
            )
        };
        let stays = match month.days {
            0 => "the proofs people hold; the entries themselves have been dropped".to_owned(),
            days => format!(
                "all {} entries of {days} days as they are, each one's leaf and proof, and the log",
                count.entries
            ),
        };
        let written = write!(
            text,
            "{}\n  has                 {keys}\n  becomes unreadable  {gone}\n  stays verifiable    {stays}\n",
            month.month
        );
        written.expect("a text takes every line");
    }
    text
}

fn month(text: &str) -> Result<Month, &'static str> {
    Month::parse(text).ok_or("a month is written as 202311 or 2023-11")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::EntryCount;

    #[test]
    fn the_report_says_what_goes_and_what_stays() {
        let month = |number| Month::from_number(number).unwrap();
        let count = EntryCount {
            entries: 120,
            tagged: 100,
            attachments: 7,
        };
        let there = Reach {
            month: month(202_311),
            generations: 2,
            days: 30,
            count,
        };
        let dropped = Reach {
            month: month(202_001),
            generations: 1,
            days: 0,
            count: EntryCount::default(),
        };
        insta::assert_snapshot!(report(&[there, dropped]), @r"
        202311
          has                 keys of 2 generations
          becomes unreadable  the persons, officers and cases of 100 entries, and before and after of 7 administrative changes
          stays verifiable    all 120 entries of 30 days as they are, each one's leaf and proof, and the log
        202001
          has                 keys of one generation
          becomes unreadable  the persons, officers and cases of 0 entries, and before and after of 0 administrative changes
          stays verifiable    the proofs people hold; the entries themselves have been dropped
        ");
    }
}
