//! What an operator sees of the record cache.

use prometheus::{Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, Opts, Registry};

/// The register's metrics; registered by whoever composes the program.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// Questions answered from memory.
    pub hits: IntCounter,
    /// Questions that read the database.
    pub misses: IntCounter,
    /// Values read again before their time was over.
    pub renewals: IntCounter,
    /// Keys read by one statement.
    pub batch: Histogram,
    /// Reads that the primary answered, or was to.
    pub primary_reads: IntCounter,
    /// Reads that the replica answered.
    pub replica_reads: IntCounter,
    /// Changes of the feed that were followed.
    pub changes: IntCounter,
    /// Values in the cache.
    pub entries: IntGauge,
    /// What they weigh.
    pub bytes: IntGauge,
    /// What one of them weighs.
    pub each: IntGauge,
}

impl Metrics {
    /// Makes the metrics and registers them.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let reads = IntCounterVec::new(
            Opts::new(
                "dancu_register_reads_total",
                "Reads of the register by the node that answered. With `database.register_url` those of \
                 the primary should nearly stand still: else the replica lags, or is lost.",
            ),
            &["node"],
        )?;
        registry.register(Box::new(reads.clone()))?;
        let metrics = Self {
            primary_reads: reads.with_label_values(&["primary"]),
            replica_reads: reads.with_label_values(&["replica"]),
            hits: IntCounter::new(
                "dancu_register_cache_hits_total",
                "Questions answered from memory. Falling against misses: the cache is too small, \
                 or the feed is silent and nothing cached counts.",
            )?,
            misses: IntCounter::new(
                "dancu_register_cache_misses_total",
                "Questions that had to read the database.",
            )?,
            renewals: IntCounter::new(
                "dancu_register_cache_renewals_total",
                "Cached values that were read again before their time was over, because they are asked \
                 for again and again. Nobody waited for it.",
            )?,
            batch: Histogram::with_opts(
                HistogramOpts::new(
                    "dancu_register_read_batch_size",
                    "Keys read by one statement that questions wait for. Grows by itself with load; at the limit of 512 \
                     the database is the bottleneck.",
                )
                .buckets(prometheus::exponential_buckets(1.0, 2.0, 10)?),
            )?,
            changes: IntCounter::new(
                "dancu_register_changes_total",
                "Changes of the register that were followed. Flat while the register is being \
                 written: the feed is broken.",
            )?,
            entries: IntGauge::new("dancu_register_cache_entries", "Values in the cache.")?,
            bytes: IntGauge::new(
                "dancu_register_cache_bytes",
                "What the cache takes in memory; bounded by `register.cache_bytes`.",
            )?,
            each: IntGauge::new(
                "dancu_register_cache_bytes_per_record",
                "What a cached value takes in memory on average, its keys and the cache's own part \
                 included. Times the people who are asked about again and again: what \
                 `register.cache_bytes` should be.",
            )?,
        };
        registry.register(Box::new(metrics.hits.clone()))?;
        registry.register(Box::new(metrics.misses.clone()))?;
        registry.register(Box::new(metrics.renewals.clone()))?;
        registry.register(Box::new(metrics.batch.clone()))?;
        registry.register(Box::new(metrics.changes.clone()))?;
        registry.register(Box::new(metrics.entries.clone()))?;
        registry.register(Box::new(metrics.bytes.clone()))?;
        registry.register(Box::new(metrics.each.clone()))?;
        Ok(metrics)
    }
}
