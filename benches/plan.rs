//! From an author's files to a master.

use std::hint::black_box;

use canarymark::master::{PlanOptions, plan};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

#[path = "input/advisory.rs"]
mod advisory;

fn bench(criterion: &mut Criterion) {
    let lantern = include_str!("../src/bin/canarymark/demo/lantern-gateway.md").to_owned();
    let inputs = [
        ("lantern, all carriers", lantern, PlanOptions::default()),
        ("20 kB, 300 declared", advisory::text(20_000, 300), PlanOptions::default()),
    ];
    let mut group = criterion.benchmark_group("plan");
    group.sample_size(20);
    for (name, text, options) in inputs {
        let files = [advisory::file(&text)];
        assert!(plan(&files, &options).expect("plans").master.slots().len() > 60);
        group.throughput(Throughput::Bytes(u64::try_from(text.len()).expect("fits")));
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(plan(black_box(&files), &options)));
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
