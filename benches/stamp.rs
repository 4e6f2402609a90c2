//! From a word to the text of a copy, in memory; and with all checks, as copies leave.

use std::hint::black_box;

use canarymark::{
    Codeword, Part, Sample,
    copy::{Stamper, stamp},
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

#[path = "input/advisory.rs"]
mod advisory;

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("stamp");
    for (bytes, slots) in [(2_000, 30), (20_000, 300), (200_000, 3_000)] {
        let master = advisory::master(bytes, slots);
        let words: Vec<Codeword> = (0..64).map(|seed| advisory::word(&master, seed)).collect();
        let stamper = Stamper::new(&master);
        let mut texts = Vec::new();
        stamper.stamp(&words[7], &mut texts);
        let checked = stamp(&master, &words[7], &[Part::Description]).expect("stamps");
        assert_eq!(texts[0], checked.files[0].text);
        let sample = Sample::new(texts[0].as_bytes()).expect("small");
        assert_eq!(master.align(&sample).readings.counts().read, slots);
        group.throughput(Throughput::Bytes(u64::try_from(texts[0].len()).expect("fits")));
        let mut next = 0;
        group.bench_function(format!("in memory, {bytes} bytes, {slots} slots"), |bencher| {
            bencher.iter(|| {
                next = (next + 1) % words.len();
                stamper.stamp(&words[next], &mut texts);
                black_box(&texts);
            });
        });
        group.bench_function(format!("checked, {bytes} bytes, {slots} slots"), |bencher| {
            bencher.iter(|| black_box(stamp(&master, &words[7], &[Part::Description])));
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
