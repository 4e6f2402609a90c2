//! From a sample to readings, clean and damaged.

use std::hint::black_box;

use canarymark::{Reading, Sample, simulate::damage::Damage};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

#[path = "input/advisory.rs"]
mod advisory;

/// Every so many words one is replaced, as a careless retyping does.
fn mistyped(text: &str, every: usize) -> String {
    let words = text.split(' ').enumerate();
    let damaged = words.map(|(at, word)| if at % every == every - 1 { "qqq" } else { word });
    damaged.collect::<Vec<_>>().join(" ")
}

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("align");
    for (bytes, slots) in [(2_000, 30), (20_000, 300), (200_000, 3_000)] {
        let master = advisory::master(bytes, slots);
        let word = advisory::word(&master, 7);
        let mut texts = Vec::new();
        canarymark::copy::Stamper::new(&master).stamp(&word, &mut texts);
        let clean = texts.remove(0);
        let rewrapped = Damage::LowerCase.apply(&Damage::Rewrap.apply(&clean));
        let head = Damage::Head.apply(&clean);
        let inputs = [
            ("clean", clean.clone(), slots),
            ("reflowed", rewrapped, slots),
            ("first 60%", head, slots / 2),
            ("1 word in 12 wrong", mistyped(&clean, 12), slots / 2),
        ];
        for (name, text, least) in inputs {
            let sample = Sample::new(text.as_bytes()).expect("small");
            let readings = master.align(&sample).readings;
            let right = |(slot, (reading, _)): &(usize, (&Reading, _))| {
                **reading == Reading::Variant(word.variants()[*slot])
            };
            let count = readings.iter().enumerate().filter(|slot| right(slot)).count();
            assert!(count >= least, "{name}: {count} of {slots}");
            group.throughput(Throughput::Bytes(u64::try_from(text.len()).expect("fits")));
            group.bench_function(format!("{name}, {bytes} bytes, {slots} slots"), |bencher| {
                bencher.iter(|| black_box(master.align(black_box(&sample))));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
