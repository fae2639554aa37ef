//! Spreading tables over a cluster, with a stand-in for Citus that refuses what Citus refuses.

use hosk_store::Postgres;
use hosk_store::postgres::Options;
use hosk_store::postgres::citus::{BY_BUCKET, COORDINATOR, EVERYWHERE, Spread};
use test_postgres::Schema;

/// A cluster, and what was done to spread its tables.
async fn spread() -> (Schema, Spread) {
    let schema = test_postgres::cluster();
    let spread = Postgres::spread(schema.url()).await.unwrap();
    (schema, spread)
}

/// The tables that Citus does not know.
fn unknown(schema: &Schema) -> Vec<String> {
    let text = "SELECT c.relname FROM pg_class c LEFT JOIN pg_dist_partition p ON p.logicalrelid = c.oid \
                WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') \
                AND c.relname <> 'pg_dist_partition' AND p.logicalrelid IS NULL ORDER BY 1";
    schema.run(text).lines().map(str::to_owned).collect()
}

async fn refused(schema: &Schema) -> String {
    Postgres::spread(schema.url()).await.unwrap_err().to_string()
}

#[tokio::test]
async fn every_table_has_its_place_in_a_cluster() {
    let (schema, spread) = spread().await;
    assert_eq!((&*spread.distributed, &*spread.copied, spread.kept), (BY_BUCKET, EVERYWHERE, 0));
    // A new table belongs into one of the lists.
    let mut here = COORDINATOR.to_vec();
    here.sort_unstable();
    assert_eq!(unknown(&schema), here);
    let with_bucket = "SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r' \
                       LEFT JOIN pg_dist_partition p ON p.logicalrelid = c.oid \
                       WHERE c.relnamespace = current_schema()::regnamespace AND a.attname = 'bucket' \
                       AND p.partmethod IS DISTINCT FROM 'h'";
    assert_eq!(schema.run(with_bucket), "0", "what has a bucket is distributed by it");
    let groups = "SELECT count(DISTINCT colocationid) FROM pg_dist_partition WHERE partmethod = 'h'";
    assert_eq!(schema.run(groups), "1", "rows of one bucket are on one machine whatever their table");
}

#[tokio::test]
async fn spreading_again_does_what_is_left() {
    let (schema, first) = spread().await;
    let all = first.distributed.len() + first.copied.len();
    let again = Postgres::spread(schema.url()).await.unwrap();
    assert_eq!(again, Spread { kept: all, ..Spread::default() });
    // As if an upgrade had added them, or the first time had been interrupted.
    schema.run("DELETE FROM pg_dist_partition WHERE logicalrelid IN ('timer'::regclass, 'form'::regclass)");
    let rest = Postgres::spread(schema.url()).await.unwrap();
    assert_eq!(rest, Spread { distributed: vec!["timer"], copied: vec!["form"], kept: all - 2 });
    assert_eq!(Postgres::spread(schema.url()).await.unwrap().kept, all);
}

#[tokio::test]
async fn what_cannot_be_spread_is_refused_with_the_remedy() {
    let told = refused(&test_postgres::schema()).await;
    assert!(told.contains("CREATE EXTENSION citus"), "{told}");
    let schema = test_postgres::cluster();
    let old = |version: &str| {
        format!(
            "CREATE OR REPLACE FUNCTION citus_version() RETURNS TEXT LANGUAGE sql AS $$SELECT '{version}'$$"
        )
    };
    schema.run(&old("Citus 11.3.0 on x86_64"));
    let told = refused(&schema).await;
    assert!(told.contains("Citus 12") && told.contains("11.3.0"), "{told}");
    schema.run(&old("Citus 12.1.0 on x86_64"));

    let until = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint + 60000";
    schema.run(&format!("INSERT INTO node (number, until, owner) VALUES (1, ({until}), 7)"));
    let told = refused(&schema).await;
    assert!(told.contains("1 servers work on the database"), "{told}");
    schema.run("DELETE FROM node; SELECT create_distributed_table('job', 'bucket', colocate_with => 'none')");
    schema.run("SELECT create_reference_table('variable')");
    let told = refused(&schema).await;
    assert!(told.contains("undistribute_table('variable')"), "{told}");
}

#[tokio::test]
async fn a_key_without_the_bucket_is_refused() {
    let schema = test_postgres::cluster();
    Postgres::open(schema.url(), Options::default()).await.unwrap().close().await;
    schema.run("CREATE UNIQUE INDEX job_once ON job (key)");
    let told = format!("{:?}", Postgres::spread(schema.url()).await.unwrap_err());
    assert!(told.contains("job_once") && told.contains("lacks the distribution column"), "{told}");
    schema.run(
        "DROP INDEX job_once; ALTER TABLE timer ADD FOREIGN KEY (key, bucket) REFERENCES job (key, bucket)",
    );
    let told = format!("{:?}", Postgres::spread(schema.url()).await.unwrap_err());
    assert!(told.contains("timer") || told.contains("job"), "{told}");
}

/// Without this the rules would hold for a driver that says nothing.
#[tokio::test]
async fn statements_are_heard() {
    let schema = test_postgres::cluster();
    let store = std::sync::Arc::new(super::open(&schema).await);
    super::commits::what_was_committed_is_loaded(super::World::new(store.clone()).await).await;
    store.close().await;
    for beginning in ["INSERT INTO process_instance", "INSERT INTO history", "SELECT t.key"] {
        assert!(super::heard::has(beginning), "{beginning} was not heard");
    }
}
