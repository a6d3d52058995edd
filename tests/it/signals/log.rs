//! Exactly once: several processes, a restart, another epoch, entries that come late.

use std::time::Duration;

use dancu::store::Role;
use serde_json::json;
use tokio_postgres::error::SqlState;

use super::{AN, OFFICER, Rig, ask, number, told};
use crate::support::sealing::until;
use crate::support::within;

#[actix_web::test]
async fn several_processes_raise_each_signal_once() {
    let rig = Rig::open(|signals| {
        signals.distinct_people.enabled = true;
        signals.distinct_people.officer = 3;
        signals.self_lookup.enabled = true;
    })
    .await;
    let others = [rig.another().await, rig.another().await];
    let mut asked = Vec::new();
    for round in 0..10 {
        let batch = others
            .iter()
            .chain([&rig.app])
            .enumerate()
            .map(|(process, app)| {
                let number = number(round * 100 + process as u32 * 10);
                async move { ask(app, "onestop", Some(OFFICER), &number).await }
            });
        asked.extend(futures_util::future::join_all(batch).await);
        asked.push(rig.ask(AN, AN).await);
    }
    for id in &asked {
        rig.looked_at(id).await;
    }
    let signals = rig.signals(&asked[0]).await;
    assert_eq!(
        told(&signals),
        [
            "distinct_people officer 30 of 3 in 30",
            "self_lookup officer 10 of 1 in 10"
        ]
    );
    let mut raised = 0;
    for app in others.iter().chain([&rig.app]) {
        let text = reqwest::Client::builder().no_proxy().build().unwrap();
        let text = text
            .get(app.metrics_url())
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        let of = |line: &&str| line.starts_with("dancu_signals_raised_total{");
        let count = |line: &str| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap();
        raised += text.lines().filter(of).map(count).sum::<u64>();
    }
    assert_eq!(raised, 2, "over all processes");
    for other in others {
        other.stop().await;
    }
    rig.app.stop().await;
}

#[actix_web::test]
async fn a_restart_loses_nothing_of_what_was_counted() {
    let rig = Rig::open(|signals| {
        signals.distinct_people.enabled = true;
        signals.distinct_people.officer = 6;
        signals.sequential_numbers.enabled = true;
    })
    .await;
    for running in 1..=3 {
        rig.ask(OFFICER, &number(running)).await;
    }
    let last = rig.ask(OFFICER, &number(4)).await;
    assert_eq!(told(&rig.signals(&last).await), [""; 0]);
    let next = rig.another().await;
    let Rig { app } = rig;
    app.stop().await;
    let rig = Rig { app: next };
    rig.ask(OFFICER, &number(5)).await;
    let last = rig.ask(OFFICER, &number(6)).await;
    assert_eq!(
        told(&rig.signals(&last).await),
        [
            "distinct_people officer 6 of 6 in 6",
            "sequential_numbers client 6 of 6 in 6",
            "sequential_numbers officer 6 of 6 in 6",
        ]
    );
    rig.app.stop().await;
}

#[actix_web::test]
async fn entries_of_another_epoch_that_come_late_count_in_their_own_hour() {
    let rig = Rig::open(|signals| {
        signals.distinct_people.enabled = true;
        signals.distinct_people.officer = 5;
    })
    .await;
    for running in 1..=4 {
        rig.ask(OFFICER, &number(running)).await;
    }
    rig.now("2026-11-18T06:00:00Z");
    let last = rig.ask(OFFICER, AN).await;
    assert_eq!(told(&rig.signals(&last).await), [""; 0]);
    // What a new epoch of the log would bring: one more person of the first hour, as its first leaf.
    let client = rig.app.database.client().await;
    let late = "
        INSERT INTO audit.search_entry (position, at, audit_id, agency_code, client_id, operation,
            decision, disclosed, papers, subject_tag, officer_tag)
        SELECT 2::bigint << 40, e.at, gen_random_uuid(), e.agency_code, e.client_id, e.operation,
            e.decision, 0, 0, '\\x00112233445566778899aabbccddeeff', e.officer_tag
        FROM audit.search_entry AS e
        WHERE e.operation = 'verify' ORDER BY e.position LIMIT 1;
        UPDATE audit.search_entry SET audit_id = overlay(audit_id::text placing '7' from 15 for 1)::uuid
        WHERE position = 2::bigint << 40;
        UPDATE audit.search_hour SET last_position = 2::bigint << 40 WHERE hour = '2026-11-18T03:00Z';
        UPDATE audit.search_progress SET epoch = 2, next_index = 1";
    client.batch_execute(late).await.unwrap();
    let found = until("the signal is raised", async || {
        let page = rig.page(&json!({})).await;
        let signals = page["signals"].as_array().unwrap().clone();
        (!signals.is_empty()).then_some(signals)
    })
    .await;
    assert_eq!(told(&found), ["distinct_people officer 5 of 5 in 5"]);
    let progress = "SELECT next_position::text FROM audit.signal_progress";
    assert_eq!(
        rig.app.rows(progress).await,
        [((2_u64 << 40) + 1).to_string()]
    );
    rig.app.stop().await;
}

#[actix_web::test]
async fn signals_of_a_day_go_with_its_entries() {
    let rig = Rig::open(|_| {}).await;
    let client = rig.app.database.client().await;
    let old = "
        INSERT INTO audit.signal (kind, since, until, actor, actor_client, agency_code, value,
            threshold, entries, first_position, last_position)
        SELECT 'distinct_people', since, until, 'client', 'x', 'H29', 1, 1, 1, 1, 1
        FROM (VALUES ('2020-02-29 00:00+07'::timestamptz, '2020-03-01 00:00+07'::timestamptz),
                     ('2020-02-29 23:00+07', '2020-03-01 00:00+07'),
                     ('2020-02-28 23:00+07', '2020-02-29 00:00+07'),
                     ('2020-03-01 00:00+07', '2020-03-01 01:00+07')) AS t (since, until);
        SELECT audit.create_partition('2020-02-29');
        SELECT audit.detach_partition('2020-02-29');
        SELECT audit.drop_detached('2020-02-29')";
    client.batch_execute(old).await.unwrap();
    let left =
        "SELECT (since AT TIME ZONE INTERVAL '7 hours')::date::text FROM audit.signal ORDER BY 1";
    assert_eq!(rig.app.rows(left).await, ["2020-02-28", "2020-03-01"]);
    rig.app.stop().await;
}

#[actix_web::test]
async fn signals_are_raised_by_one_role_and_changed_by_none() {
    let rig = Rig::open(|signals| signals.self_lookup.enabled = true).await;
    let last = rig.ask(AN, AN).await;
    assert_eq!(rig.signals(&last).await.len(), 1);
    let key = "UPDATE audit.signal SET kind = 'off_hours'";
    let raise = "INSERT INTO audit.signal DEFAULT VALUES";
    let all: [(Role, &[&str]); 4] = [
        (
            Role::Search,
            &[
                key,
                "UPDATE audit.signal SET actor_tag = NULL",
                "UPDATE audit.signal SET raised_at = now()",
                "DELETE FROM audit.signal",
                "TRUNCATE audit.signal",
                "DELETE FROM audit.signal_progress",
                "SELECT FROM register.citizen",
                "SELECT FROM audit.month_key",
            ],
        ),
        (
            Role::Audit,
            &[
                raise,
                key,
                "DELETE FROM audit.signal",
                "UPDATE audit.signal_progress SET next_position = 0",
            ],
        ),
        (
            Role::Service,
            &[
                "SELECT FROM audit.signal",
                raise,
                "SELECT FROM audit.signal_progress",
            ],
        ),
        (
            Role::Seal,
            &[
                "SELECT FROM audit.signal",
                raise,
                "SELECT FROM audit.signal_progress",
            ],
        ),
    ];
    for (role, statements) in all {
        let client = rig.app.database.database().connect(role).await.unwrap();
        for statement in statements {
            let refused = client.batch_execute(statement).await.unwrap_err();
            let code = refused.code();
            assert_eq!(
                code,
                Some(&SqlState::INSUFFICIENT_PRIVILEGE),
                "{role:?}: {statement}"
            );
        }
    }
    rig.app.stop().await;
}

#[actix_web::test]
async fn who_holds_the_followers_up_is_seen_by_all_and_held_to_a_limit() {
    let rig = Rig::open(|_| {}).await;
    let client = rig.app.database.client().await;
    // Whoever moves on says what it is held to.
    let watch = "
        CREATE TABLE public.held_to (place text, idle text, statement text);
        GRANT INSERT ON public.held_to TO PUBLIC;
        CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                INSERT INTO public.held_to VALUES (TG_TABLE_NAME,
                    current_setting('idle_in_transaction_session_timeout'),
                    current_setting('statement_timeout'));
                RETURN NEW;
            END $$;
        CREATE TRIGGER note BEFORE UPDATE ON audit.search_progress
            FOR EACH ROW EXECUTE FUNCTION public.note();
        CREATE TRIGGER note BEFORE UPDATE ON audit.signal_progress
            FOR EACH ROW EXECUTE FUNCTION public.note()";
    client.batch_execute(watch).await.unwrap();
    let last = rig.ask(OFFICER, &number(1)).await;
    rig.looked_at(&last).await;
    let held_to =
        "SELECT DISTINCT place || ' ' || idle || ' ' || statement FROM public.held_to ORDER BY 1";
    assert_eq!(
        rig.app.rows(held_to).await,
        ["search_progress 30s 1min", "signal_progress 30s 1min"]
    );

    for (progress, lag) in [
        ("audit.signal_progress", "dancu_signals_lag_seconds"),
        ("audit.search_progress", "dancu_search_lag_seconds"),
    ] {
        let hold = format!("BEGIN; SELECT FROM {progress} FOR UPDATE");
        client.batch_execute(&hold).await.unwrap();
        rig.ask(OFFICER, &number(2)).await;
        let limit = Duration::from_secs(20);
        within("it is seen to lag", limit, async || {
            rig.app.metric(lag).await > 1.0
        })
        .await;
        if progress == "audit.search_progress" {
            assert!(rig.app.metric("dancu_search_backlog").await > 0.0);
        }
        client.batch_execute("ROLLBACK").await.unwrap();
        within("it catches up", limit, async || {
            rig.app.metric(lag).await < 1.0
        })
        .await;
    }
    rig.app.stop().await;
}
