//! From readings to a verdict: the single stage over many recipients.

use std::hint::black_box;

use canarymark::{
    advisory::AdvisoryId,
    codebook::{Codebook, Law},
    key::{CopySeed, RootKey},
    probability::Probability,
    reading::{Reading, Readings, Reliability},
    recipient::RecipientId,
    verdict::{self, Candidate, Held, Outcome, Secrecy, Word},
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn words(count: usize) -> Vec<Word> {
    let word = |index: usize| {
        let mut seed = [0; 16];
        seed[..8].copy_from_slice(&u64::try_from(index).expect("fits").to_le_bytes());
        Word {
            recipient: RecipientId::new(&format!("r{index}")).expect("an id"),
            endpoint: None,
            issue: 1,
            seed: CopySeed::from_bytes(seed),
            held: Held::All,
            secrecy: Secrecy::Sealed,
        }
    };
    (0..count).map(word).collect()
}

fn decide(criterion: &mut Criterion) {
    let key = RootKey::from_bytes([5; 32]).advisory_key("bench", "ADV-1", 1);
    let advisory = AdvisoryId::new("ADV-1").expect("an id");
    let one_core = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    for (recipients, slots) in [(1_000, 300), (10_000, 300), (1_000_000, 2_048)] {
        let codebook = Codebook::new(Law::TwoPoint, &vec![2; slots], &key).expect("valid arities");
        let words = words(recipients);
        let copies: Vec<_> = [7, 99].map(|i| codebook.codeword(&words[i].seed)).into();
        // Two colluders who interleave: even slots from one, odd slots from the other.
        let reading =
            |slot: usize| (Reading::Variant(copies[slot % 2].variants()[slot]), Reliability::Exact);
        let readings = Readings::new((0..slots).map(reading).collect());
        let candidate = Candidate {
            advisory: &advisory,
            revision: 1,
            codebook: &codebook,
            readings: &readings,
            words: &words,
            false_positive: Probability::DEFAULT,
            weight: 1.0,
        };
        let judge = || verdict::judge(&[candidate]).expect("valid input");
        let verdict = one_core.install(judge);
        assert_eq!(verdict.outcome, Outcome::Accused);
        assert!(verdict.accused.iter().all(|a| ["r7", "r99"].contains(&a.recipient.as_str())));
        let mut group = criterion.benchmark_group("decide");
        let cells = u64::try_from(recipients * slots).expect("fits");
        group.sample_size(10).throughput(Throughput::Elements(cells));
        group.bench_function(format!("{recipients} recipients x {slots} slots, one core"), |b| {
            b.iter(|| one_core.install(|| black_box(judge())));
        });
        group.finish();
    }
}

criterion_group!(benches, decide);
criterion_main!(benches);
