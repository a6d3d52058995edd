//! A log as the lanes and the sealing leave it, written in bulk; what makes it searchable is the
//! follower itself.

use std::pin::pin;
use std::time::{Duration, Instant};

use dancu::audit::search::{SearchMetrics, follow as follow_log};
use dancu::domain::entry::{AuditId, Month, Stamp, encode, stamp};
use dancu::keys::{Kek, Keys, MonthKeys, begin_rotation};
use dancu::store::{Database, Role};
use deadpool_postgres::Object;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};

use super::Failure;
use super::world::{DAYS, World};

/// Months before the log's last of which there are keys, two generations of each.
const MONTHS: i64 = 12;
/// Rows of one COPY, and leaves of one range of the plan.
const BATCH: u64 = 5_000;
const RANGE: u64 = 1_000;
/// Days that are written at a time.
const WRITERS: u64 = 2;
/// Entries that the follower takes in; the rest is written in bulk, as it would have been.
const FOLLOWED: i64 = 1_000_000;
/// How long the follower rests after a step, in lengths of the step.
const REST: u32 = 2;
/// The lane of the first day.
const FIRST_LANE: i64 = 1_000;

/// Each entry has a time, and so a block, of its own.
const COPY: &str =
    "COPY audit.block (at, lane_id, first_seq, count, entries) FROM STDIN (FORMAT binary)";
const TYPES: [Type; 5] = [
    Type::TIMESTAMPTZ,
    Type::INT8,
    Type::INT8,
    Type::INT4,
    Type::BYTEA_ARRAY,
];

struct Row {
    stamp: Stamp,
    entry: Vec<u8>,
}

/// Keys of a year's months, two generations each.
pub async fn keys(database: &Database, world: &World) -> Result<Keys, Failure> {
    let store = database.store(Role::Service, 1);
    let owner = database.store(Role::Owner, 1);
    let kek = || Kek::from_bytes(&[1; 32]);
    let keys = Keys::new(kek(), store);
    let last = world.at(DAYS - 1, 0);
    for back in (0..MONTHS).rev() {
        let day = World::day(DAYS - 1) - jiff::Span::new().months(back);
        let month = Month::of(day);
        let moment = dancu::audit::search::beginning(month.first_day());
        keys.prepare(moment).await?;
        if keys.of(month).await?.len() < 2 {
            begin_rotation(&owner, &kek(), month)
                .await?
                .commit()
                .await?;
        }
    }
    keys.prepare(last).await?;
    Ok(keys)
}

/// Writes the entries, unless they are there.
pub async fn fill(
    database: &Database,
    owner: &Object,
    world: &World,
    keys: &Keys,
) -> Result<(), Failure> {
    let filled = "SELECT count(*) FROM audit.checkpoint";
    if owner.query_one(filled, &[]).await?.get::<_, i64>(0) > 0 {
        return Ok(());
    }
    let began = Instant::now();
    for day in 0..DAYS {
        let sql = format!("SELECT audit.create_partition('{}')", World::day(day));
        owner.batch_execute(&sql).await?;
    }
    for first in (0..DAYS).step_by(WRITERS as usize) {
        let mut writers = Vec::new();
        for day in first..(first + WRITERS).min(DAYS) {
            let month = Month::of(World::day(day));
            let generations = keys.of(month).await?;
            let keys = generations.first().ok_or("a month has no keys")?.clone();
            let (database, world) = (database.clone(), World::new(world.entries));
            writers.push(tokio::spawn(async move {
                write_day(&database, &world, day, &keys).await
            }));
        }
        for writer in writers {
            writer.await??;
        }
    }
    let (a_day, last) = (world.a_day() as i64, DAYS as i64 - 1);
    let planned = format!(
        "INSERT INTO audit.epoch (epoch, origin) VALUES (1, 'bench/log/1') ON CONFLICT DO NOTHING;
         INSERT INTO audit.lane (lane_id, day, process, closed_at, acknowledged) OVERRIDING SYSTEM VALUE
         SELECT {FIRST_LANE} + n, '{first}'::date + n::int, 'bench', now(), {a_day} - 1
         FROM generate_series(0, {last}) AS n;
         INSERT INTO audit.lane_sealed SELECT {FIRST_LANE} + n, {a_day}, true
         FROM generate_series(0, {last}) AS n;
         INSERT INTO audit.sealed (epoch, first_index, lane_id, first_seq, count)
         SELECT 1, n * {a_day} + s, {FIRST_LANE} + n, s, least({RANGE}, {a_day} - s)
         FROM generate_series(0, {last}) AS n, generate_series(0, {a_day} - 1, {RANGE}) AS s;
         INSERT INTO audit.checkpoint (epoch, size, root, note, published_at)
         VALUES (1, {a_day} * {DAYS}, decode(repeat('00', 32), 'hex'), 'bench', now());
         VACUUM ANALYZE audit.block",
        first = World::day(0),
    );
    for statement in planned.split(";\n") {
        owner.batch_execute(statement).await?;
    }
    println!("written in {:.0} s", began.elapsed().as_secs_f64());
    Ok(())
}

async fn write_day(
    database: &Database,
    world: &World,
    day: u64,
    keys: &MonthKeys,
) -> Result<(), Failure> {
    let client = database.connect(Role::Service).await?;
    for first in (0..world.a_day()).step_by(BATCH as usize) {
        let end = (first + BATCH).min(world.a_day());
        let rows: Vec<Row> = tokio::task::block_in_place(|| {
            (first..end).map(|seq| row(world, day, seq, keys)).collect()
        });
        let sink = client.copy_in(COPY).await?;
        let mut writer = pin!(BinaryCopyInWriter::new(sink, &TYPES));
        for row in &rows {
            let lane = row.stamp.lane.cast_signed();
            let seq = row.stamp.seq.cast_signed();
            let entries = [&row.entry];
            let values: [&(dyn ToSql + Sync); 5] =
                [&row.stamp.at, &lane, &seq, &1_i32, &&entries[..]];
            writer.as_mut().write(&values).await?;
        }
        writer.finish().await?;
    }
    Ok(())
}

fn row(world: &World, day: u64, seq: u64, keys: &MonthKeys) -> Row {
    let number = day * world.a_day() + seq;
    let at = world.at(day, seq);
    let mut random = [0; 10];
    dancu::clock::random(&mut random);
    let stamp_of = Stamp {
        lane: FIRST_LANE.cast_unsigned() + day,
        seq,
        at,
        audit_id: AuditId::new(at, &random),
    };
    let mut nonce = [0; 16];
    dancu::clock::random(&mut nonce);
    let asked = world.asked(number);
    let entry = asked.entry(number);
    let protected = keys.protect(&entry, &nonce);
    let mut bytes = encode(&entry, &protected, &nonce);
    stamp(&mut bytes, &stamp_of);
    Row {
        stamp: stamp_of,
        entry: bytes,
    }
}

/// Lets the follower take all of it in, and says how fast it is and what it takes on the disk.
#[expect(clippy::disallowed_methods, reason = "it is looked at now and then")]
pub async fn follow(database: &Database, owner: &Object, world: &World) -> Result<(), Failure> {
    let reached = "SELECT next_index FROM audit.search_progress";
    let all = (world.a_day() * DAYS).cast_signed();
    let begins = owner.query_one(reached, &[]).await?.get::<_, i64>(0);
    if begins < all {
        let registry = prometheus::Registry::new();
        let metrics = SearchMetrics::register(&registry)?;
        let began = Instant::now();
        // Each rests twice as long as it works, and only one works at a time.
        let followers: Vec<_> = (0..=REST)
            .map(|_| tokio::spawn(follow_log(database.store(Role::Search, 1), metrics.clone())))
            .collect();
        let mut at: i64 = begins;
        while at < all.min(begins + FOLLOWED) {
            tokio::time::sleep(Duration::from_secs(1)).await;
            at = owner.query_one(reached, &[]).await?.get(0);
        }
        followers.iter().for_each(tokio::task::JoinHandle::abort);
        let took = began.elapsed().as_secs_f64();
        let rate = (at - begins) as f64 / took;
        println!(
            "followed {} entries in {took:.0} s: {rate:.0} a second without rests, {:.0} as a service \
             does with its rests",
            at - begins,
            rate / f64::from(REST + 1)
        );
        take_in_the_rest(owner, world).await?;
        owner
            .batch_execute("VACUUM ANALYZE audit.search_entry")
            .await?;
        owner.batch_execute("ANALYZE audit.tally").await?;
        owner.batch_execute("ANALYZE audit.search_hour").await?;
    }
    let sizes = "
        SELECT (sum(pg_table_size(c.oid)) FILTER (WHERE c.relname LIKE 'search\\_entry\\_%'))::bigint,
               (sum(pg_indexes_size(c.oid)) FILTER (WHERE c.relname LIKE 'search\\_entry\\_%'))::bigint,
               (sum(pg_total_relation_size(c.oid)) FILTER (WHERE c.relname = 'tally'))::bigint,
               (sum(pg_total_relation_size(c.oid)) FILTER (WHERE c.relname LIKE 'entry\\_%'))::bigint
        FROM pg_class AS c
        WHERE c.relnamespace = 'audit'::regnamespace AND c.relkind = 'r'";
    let row = owner.query_one(sizes, &[]).await?;
    let mib = |at: usize| row.get::<_, i64>(at) as f64 / 1_048_576.0 / (all as f64 / 1e6);
    println!(
        "MiB a million entries: searched rows {:.0}, their indexes {:.0}, tallies {:.0}; the entries \
         themselves {:.0}",
        mib(0),
        mib(1),
        mib(2),
        mib(3)
    );
    Ok(())
}

/// What the follower would write of the entries it has not come to, with the indexes made afterwards.
async fn take_in_the_rest(owner: &Object, world: &World) -> Result<(), Failure> {
    let (a_day, all) = (world.a_day(), world.a_day() * DAYS);
    let index = format!("(e.lane_id - {FIRST_LANE}) * {a_day} + e.seq");
    let paths = [
        ("subject", "subject_tag", " WHERE subject_tag IS NOT NULL"),
        ("officer", "officer_tag", " WHERE officer_tag IS NOT NULL"),
        ("case", "case_tag", " WHERE case_tag IS NOT NULL"),
        ("client", "client_id", ""),
        ("agency", "agency_code", ""),
        ("procedure", "procedure_code", ""),
    ];
    let dropped = paths.map(|(name, ..)| format!("DROP INDEX audit.search_entry_{name};"));
    let made = paths.map(|(name, column, only)| {
        format!(
            "CREATE INDEX search_entry_{name} ON audit.search_entry ({column}, position){only};"
        )
    });
    let bulk = format!(
        "BEGIN; SET LOCAL maintenance_work_mem = '512MB';
         {dropped}
         INSERT INTO audit.search_entry (position, at, audit_id, agency_code, client_id,
             procedure_code, operation, decision, disclosed, papers, subject_tag, officer_tag, case_tag)
         SELECT (1::bigint << 40) + {index}, e.at, e.audit_id, e.agency_code, e.client_id,
             e.procedure_code, e.operation, e.decision,
             CASE WHEN e.decision = 'match' AND e.operation <> 'verify' THEN 4 ELSE 0 END,
             CASE WHEN e.decision = 'match' THEN 1 ELSE 0 END,
             e.subject_tag, e.officer_tag, e.case_tag
         FROM audit.entry AS e,
             (SELECT next_index FROM audit.search_progress FOR UPDATE) AS p
         WHERE e.lane_id >= {FIRST_LANE} AND {index} >= p.next_index;
         INSERT INTO audit.search_hour AS h
         SELECT date_trunc('hour', at), min(position), max(position)
         FROM audit.search_entry GROUP BY 1
         ON CONFLICT (hour) DO UPDATE
         SET first_position = least(h.first_position, excluded.first_position),
             last_position = greatest(h.last_position, excluded.last_position);
         {made}
         UPDATE audit.search_progress SET next_index = {all};
         COMMIT",
        dropped = dropped.concat(),
        made = made.concat(),
    );
    Ok(owner.batch_execute(&bulk).await?)
}
