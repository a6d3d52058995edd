//! How long does a country's policy take to be read: five thousand agreements, at a start and when one
//! of them changed? From PostgreSQL to the snapshot in force, by the very poll that the service makes.
//!
//! An embedded PostgreSQL of its own is filled by SQL: 3,400 agencies of three levels, 1,000 clients,
//! 400 procedures with the forms and papers of the shipped ones, 20,000 officers.

use std::path::PathBuf;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use dancu::clock::Clock;
use dancu::embedded::{self, Postgres};
use dancu::policy::{Policy, catalogue};
use dancu::store::{Role, migrate};
use tokio_postgres::{Client, NoTls};

/// As in the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Failure = Box<dyn std::error::Error + Send + Sync>;

const BOUND: Duration = Duration::from_secs(1);
const AGREEMENTS: i32 = 5_000;
const PROCEDURES: usize = 400;

const FILL: &str = "
INSERT INTO policy.agency (code, name, parent)
    SELECT 'H' || n, 'Ủy ban nhân dân xã mẫu số ' || n,
        CASE WHEN n > 54 THEN 'H' || n % 54 + 1 END
    FROM generate_series(1, 3400) n;
INSERT INTO policy.client (client_id, agency_code, name, active, scopes)
    SELECT 'client-' || n, 'H' || n, 'Hệ thống một cửa mẫu số ' || n, true,
        '{citizen:verify,citizen:lookup,fields:identity,fields:residence,fields:family}'
    FROM generate_series(1, 1000) n;
INSERT INTO policy.officer (id, officer_id, agency_code, name, active)
    SELECT 'officer-' || n, lpad(n::text, 12, '0'), 'H' || n % 3400 + 1, 'Nguyễn Văn Mẫu ' || n, true
    FROM generate_series(1, 20000) n;";

/// Five agreements a client, each about another procedure.
const AGREE: &str = "
INSERT INTO policy.agreement
    SELECT 'agreement-' || n, 'client-' || n / 5 + 1,
        ($2::text[])[(n / 5 * 7 + n % 5) % array_length($2::text[], 1) + 1],
        '{verify,lookup,prefill}',
        '{identity,residence,civil_status,family,household,field:card,marital_status,email}',
        '{sex,permanent_residence,father,mother,spouse}', '2025-01-01', NULL, 'canonical', 'registered'
    FROM generate_series(0, $1::int4 - 1) n";

const PROCEDURE: &str = "
INSERT INTO policy.procedure (code, name, legal_basis, confidential, form, papers)
    VALUES ($1, $2, $3, false, $4::text::json, $5::text::json)";

/// What a change of one agreement by an administrator does.
const CHANGE: &str = "
UPDATE policy.feed SET head = head + 1;
UPDATE policy.agreement SET valid_to = '2099-12-31' WHERE id = 'agreement-0';";

fn policy(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let directory =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("policy-{}", std::process::id()));
    let (postgres, client) = runtime.block_on(fill(&directory)).expect("a full database");
    let database = postgres.database();
    let clock = Clock::default();
    let new = || Policy::new("https://issuer.example", BOUND);

    let mut group = c.benchmark_group("policy/5,000 agreements");
    group.sample_size(30);
    group.bench_function("first poll, over a new connection", |b| {
        b.to_async(&runtime).iter(|| async {
            let store = database.reader(Role::Service, 1);
            assert!(new().poll(&store, &clock).await.expect("a poll"));
        });
    });
    let store = database.reader(Role::Service, 1);
    let policy = new();
    group.bench_function("poll after a change of one", |b| {
        b.to_async(&runtime).iter_custom(|times| {
            let (policy, store, client, clock) = (&policy, &store, &client, &clock);
            async move {
                let mut taken = Duration::ZERO;
                for _ in 0..times {
                    client.batch_execute(CHANGE).await.expect("a change");
                    let begun = std::time::Instant::now();
                    assert!(policy.poll(store, clock).await.expect("a poll"));
                    taken += begun.elapsed();
                }
                taken
            }
        });
    });
    group.bench_function("poll without a change", |b| {
        b.to_async(&runtime).iter(|| async {
            assert!(!policy.poll(&store, &clock).await.expect("a poll"));
        });
    });
    group.finish();
    drop(client);
    runtime.block_on(postgres.stop()).expect("it stops");
    std::fs::remove_dir_all(directory).expect("it is ours");
}

async fn fill(directory: &std::path::Path) -> Result<(Postgres, Client), Failure> {
    std::fs::create_dir_all(directory)?;
    let postgres = Postgres::start(directory, embedded::Options::default()).await?;
    migrate::migrate(&postgres.database()).await?;
    let mut config = tokio_postgres::Config::new();
    config
        .host_path(postgres.socket())
        .user("postgres")
        .dbname("dancu");
    let (client, connection) = config.connect(NoTls).await?;
    // It ends with the client.
    drop(tokio::spawn(connection));
    client.batch_execute(FILL).await?;
    let mut codes = Vec::with_capacity(PROCEDURES);
    let shipped = catalogue::shipped();
    for (at, one) in shipped.iter().cycle().take(PROCEDURES).enumerate() {
        let code = format!("{}.{at}", one.code);
        let form = one.form.as_ref().map(serde_json::to_string).transpose()?;
        let papers = serde_json::to_string(&one.papers)?;
        let basis = one.legal_basis.as_ref().map(|basis| basis.as_str());
        let name = one.name.as_str();
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
            [&code, &name, &basis, &form, &papers];
        client.execute(PROCEDURE, &values).await?;
        codes.push(code);
    }
    client.execute(AGREE, &[&AGREEMENTS, &codes]).await?;
    client.batch_execute("ANALYZE").await?;
    Ok((postgres, client))
}

criterion_group!(benches, policy);
criterion_main!(benches);
