//! From an author's files to a master.

use std::hint::black_box;

use canarymark::{
    Codeword, Format, Part, SourceFile,
    copy::Stamper,
    master::{PlanOptions, plan},
};
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
    // 400 lines of Python: names and forms found, and every copy read back.
    let function = include_str!("input/function.py.txt");
    let functions =
        (0..400 / function.lines().count()).map(|n| function.replace("NUMBER", &n.to_string()));
    let file = SourceFile {
        name: "check.py".to_owned(),
        part: Part::Testcode,
        format: Format::Source,
        text: functions.collect(),
    };
    let options = PlanOptions::default();
    let master = plan(std::slice::from_ref(&file), &options).expect("plans").master;
    assert!(master.slots().len() > 60);
    group.bench_function("400 lines of source", |bencher| {
        bencher.iter(|| black_box(plan(black_box(std::slice::from_ref(&file)), &options)));
    });
    let stamper = Stamper::new(&master);
    let word = Codeword::new(vec![1; master.slots().len()]);
    let mut texts = Vec::new();
    group.bench_function("1,000 copies of them", |bencher| {
        bencher.iter(|| (0..1_000).for_each(|_| stamper.stamp(black_box(&word), &mut texts)));
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
