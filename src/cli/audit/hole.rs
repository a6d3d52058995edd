//! `dancu audit declare-hole`: what lets sealing go on behind entries that were lost.

use super::attach::{Attached, Ownership, attached, system_user};
use super::{Failure, print, say};
use crate::audit::{Declarable, Hole};
use crate::config::Config;

/// Declares numbers of a lane as lost, so that what lies behind them is sealed.
///
/// A lane's numbers have no holes unless entries were lost or removed, and then answers stop after
/// the grace. Put the entries back from a backup if there is one. If not, this records that they are
/// lost, for ever: the declaration is an entry of its own, and `dancu audit verify` reports it. It is
/// refused for what was sealed, for numbers that are there or may still be written, and for a part
/// of a hole.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: dancu audit declare-hole 17 2051..2063 --dry-run")]
pub struct DeclareHole {
    /// The lane.
    lane: i64,
    /// Its lost numbers, both ends included, as 2051..2063 or 2051.
    #[arg(value_name = "FROM..TO", value_parser = numbers)]
    numbers: (i64, i64),
    /// Only say whether this is a hole that can be declared.
    #[arg(long)]
    dry_run: bool,
}

/// Declares it, or says whether it could.
pub async fn declare_hole(args: &DeclareHole, config: &Config) -> Result<(), Failure> {
    // Not to be stopped halfway: it takes a moment.
    attached(config, Ownership::Existing, async |attached, _| {
        declare(args, config, attached).await
    })
    .await
}

async fn declare(args: &DeclareHole, config: &Config, attached: &Attached) -> Result<(), Failure> {
    let (lane, (first_seq, last_seq)) = (args.lane, args.numbers);
    let hole = Hole {
        lane,
        first_seq,
        last_seq,
    };
    let found = Declarable::find(&attached.database, hole).await?;
    let count = found.count();
    if args.dry_run {
        print(&format!(
            "Numbers {first_seq} to {last_seq} of lane {lane} are missing: {count} entries."
        ))?;
        say("Nothing was declared.");
        return Ok(());
    }
    let open = attached.log(config).await?;
    let recorded = open.log.record(&found.entry(&system_user())).await;
    open.close().await;
    let audit_id = recorded?;
    found.declare(audit_id).await?;
    say(&format!(
        "Numbers {first_seq} to {last_seq} of lane {lane}, {count} entries, are declared lost by entry \
         {audit_id}. What lies behind them is sealed with the next round."
    ));
    Ok(())
}

fn numbers(text: &str) -> Result<(i64, i64), &'static str> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let number = |text: &str| text.parse().ok().filter(|&it: &i64| it >= 0);
    match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last && last < i64::MAX => Ok((first, last)),
        _ => Err("numbers are written as 2051..2063 or 2051, the lower one first"),
    }
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn numbers_are_one_or_a_range_with_both_ends() {
        assert_eq!(numbers("7"), Ok((7, 7)));
        assert_eq!(numbers("0..7"), Ok((0, 7)));
        for wrong in [
            "",
            "..",
            "7..",
            "..7",
            "8..7",
            "-1..2",
            "7...9",
            "1..9223372036854775807",
        ] {
            assert!(numbers(wrong).is_err(), "{wrong}");
        }
    }
}
