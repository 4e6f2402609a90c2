//! From readings to a verdict, and the plain way to score as a yardstick.

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

/// Colluders who take turns, a slot each.
fn taking_turns(codebook: &Codebook, words: &[Word], colluders: usize) -> Readings {
    let copies: Vec<_> =
        words[7..7 + colluders].iter().map(|word| codebook.codeword(&word.seed)).collect();
    let reading = |slot: usize| {
        (Reading::Variant(copies[slot % colluders].variants()[slot]), Reliability::Exact)
    };
    Readings::new((0..codebook.len()).map(reading).collect())
}

/// One score of every word, slot by slot, as the formula stands in the papers.
fn plain(codebook: &Codebook, readings: &Readings, words: &[Word]) -> f64 {
    let score = |word: &Word| -> f64 {
        let copy = codebook.codeword(&word.seed);
        let slot = |(slot, (reading, _)): (usize, (&Reading, Reliability))| {
            let Reading::Variant(shown) = reading else { return 0.0 };
            let read = f64::from(codebook.probability(slot, *shown)) / 65_536.0;
            let hit = copy.variants()[slot] == *shown;
            (if hit { 0.495 / read + 0.505 } else { 0.505_f64 }).ln()
        };
        readings.iter().enumerate().map(slot).sum()
    };
    words.iter().map(score).fold(f64::MIN, f64::max)
}

fn decide(criterion: &mut Criterion) {
    let key = RootKey::from_bytes([5; 32]).advisory_key("bench", "ADV-1", 1);
    let advisory = AdvisoryId::new("ADV-1").expect("an id");
    let one_core = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    for (recipients, slots, colluders) in
        [(1_000, 300, 2), (10_000, 300, 2), (10_000, 300, 3), (1_000_000, 2_048, 3)]
    {
        let codebook = Codebook::new(Law::TwoPoint, &vec![2; slots], &key).expect("valid arities");
        let words = words(recipients);
        let readings = taking_turns(&codebook, &words, colluders);
        let candidate = Candidate {
            advisory: &advisory,
            revision: 1,
            codebook: &codebook,
            readings: &readings,
            blocks: &[],
            words: &words,
            false_positive: Probability::DEFAULT,
            weight: 1.0,
        };
        let judge = || verdict::judge(&[candidate]).expect("valid input");
        let verdict = one_core.install(judge);
        assert_eq!(verdict.outcome, Outcome::Accused);
        let known: Vec<_> = words[7..7 + colluders].iter().map(|word| &word.recipient).collect();
        assert!(verdict.accused.iter().all(|accused| known.contains(&&accused.recipient)));
        let mut group = criterion.benchmark_group("decide");
        let cells = u64::try_from(recipients * slots).expect("fits");
        group.sample_size(10).throughput(Throughput::Elements(cells));
        let name = format!("{recipients} x {slots}, {colluders} colluders, one core");
        group.bench_function(&name, |b| b.iter(|| one_core.install(|| black_box(judge()))));
        if recipients <= 10_000 {
            group.bench_function(format!("{name}, plain score only"), |b| {
                b.iter(|| black_box(plain(&codebook, &readings, &words)));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, decide);
criterion_main!(benches);
