//! Statements that take as long as a test wants, by triggers of the tests' own: so a process is caught
//! at one certain moment.

use std::time::Duration;

use tokio_postgres::Client;

use super::number;
use crate::support;

/// Every row that is put into the table takes so long.
pub async fn slow(client: &Client, table: &str, seconds: u32) {
    let sql = format!(
        "CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN PERFORM pg_sleep({seconds}); RETURN NEW; END';
         CREATE TRIGGER slow BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION public.slow()"
    );
    client.batch_execute(&sql).await.unwrap();
}

/// Holds whoever does that to a row, `when` it is to be, until it is let go.
pub async fn hold(client: &Client, trigger: &str) {
    let sql = format!(
        "CREATE TABLE public.gate AS SELECT true AS shut;
         GRANT SELECT ON public.gate TO PUBLIC;
         CREATE FUNCTION public.held() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN
                WHILE EXISTS (SELECT FROM public.gate) LOOP PERFORM pg_sleep(0.01); END LOOP;
                RETURN NEW;
             END';
         CREATE {trigger} EXECUTE FUNCTION public.held()"
    );
    client.batch_execute(&sql).await.unwrap();
}

const HELD: &str = "FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event = 'PgSleep'";

/// Waits until somebody is held.
pub async fn until_held(client: &Client) {
    let held = format!("SELECT count(*) {HELD}");
    support::within("it is held", Duration::from_secs(30), async || {
        number(client, &held).await > 0
    })
    .await;
}

/// Lets everybody go on, and holds nobody any more. Whoever is gone meanwhile has a server process
/// that ends what it began.
pub async fn let_go(client: &Client) {
    client
        .batch_execute("DELETE FROM public.gate")
        .await
        .unwrap();
    forget(client).await;
}

/// Ends the server processes that are held, with what they began, and holds nobody any more.
pub async fn break_off(client: &Client) {
    let end = format!("SELECT pg_terminate_backend(pid, 5000) {HELD}");
    client.batch_execute(&end).await.unwrap();
    forget(client).await;
}

async fn forget(client: &Client) {
    let sql = "DROP FUNCTION public.held CASCADE; DROP TABLE public.gate";
    client.batch_execute(sql).await.unwrap();
}
