//! Which of 20,000 masters a sample is text of, out of a store on disk.

use std::hint::black_box;

use canarymark::{
    Part, RootKey, Sample,
    advisory::AdvisoryId,
    copy, intake,
    key::random_bytes,
    log::{self, Body, Genesis, Opening},
    probability::Probability,
    revision::{self, NewAdvisory, Revision},
    simulate::damage::Damage,
    store::{AdvisoryRecord, Change, RevisionRecord, Sqlite, Store},
};
use criterion::{Criterion, criterion_group, criterion_main};
use jiff::Timestamp;
use ring::rand::SystemRandom;

#[path = "input/advisory.rs"]
mod advisory;

const MASTERS: u32 = 20_000;
/// Fingerprints of a master of some 1,500 words, of which so many are boilerplate.
const FINGERPRINTS: u64 = 300;
const BOILERPLATE: usize = 40;

fn leaf(body: &Body) -> Change {
    let salt = random_bytes(&SystemRandom::new()).expect("randomness");
    Change::AppendLeaf(Opening::new(body, salt).expect("a leaf"))
}

/// A master of which nothing but its fingerprints is ever looked at.
fn stranger(number: u32, log_size: u64, boilerplate: &[u64], now: Timestamp) -> Vec<Change> {
    let id = AdvisoryId::new(&format!("OTHER-{number}")).expect("an id");
    let body = Body::Advisory(log::Advisory {
        advisory: id.clone(),
        revision: 1,
        codebook: [0; 32],
        master_sha256: [0; 32],
        slots_sha256: [0; 32],
        slots: 0,
        false_positive: 1e-6,
        law: "half".to_owned(),
        scorer: 2,
        unix_seconds: now.as_second(),
    });
    let own = (0..FINGERPRINTS).map(|at| {
        // splitmix64's increment and a multiplier: spread over all 64 bits.
        let mixed = (u64::from(number) * FINGERPRINTS + at).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9)
    });
    vec![
        Change::PutAdvisory(AdvisoryRecord {
            id: id.clone(),
            title: String::new(),
            created: now,
            release_at: None,
            tlp: None,
            false_positive: 1e-6,
        }),
        leaf(&body),
        Change::PutRevision {
            revision: RevisionRecord {
                advisory: id,
                revision: 1,
                law: "half".to_owned(),
                leaf: log_size,
                thin_acknowledged: false,
            },
            master: Vec::new(),
        },
        Change::PutFingerprints {
            revision_leaf: log_size,
            hashes: own.chain(boilerplate.iter().copied()).collect(),
        },
    ]
}

fn bench(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let random = SystemRandom::new();
    let root = RootKey::generate(&random).expect("a key");
    let now = Timestamp::from_second(1_788_000_000).expect("in range");
    let mut store = Sqlite::create(&folder.path().join("store.db")).expect("a store");
    let mut key_check = [0; 8];
    hex::decode_to_slice(root.check(), &mut key_check).expect("a check value");
    let genesis = Genesis {
        origin: "example.org/log".to_owned(),
        key_check,
        ledger_alpha: 1e-6,
        unix_seconds: now.as_second(),
    };
    store.commit(0, vec![leaf(&Body::Genesis(genesis))]).expect("room");
    let master = advisory::master(10_000, 150);
    let new = NewAdvisory {
        id: AdvisoryId::new("WANTED-1").expect("an id"),
        title: String::new(),
        release_at: None,
        tlp: None,
        false_positive: Probability::DEFAULT,
    };
    let changes = revision::add(&store, &root, &new, &master, 100, now, &random).expect("fits");
    let hashes = changes.iter().find_map(|change| match change {
        Change::PutFingerprints { hashes, .. } => Some(hashes.clone()),
        _ => None,
    });
    let hashes = hashes.expect("every master has fingerprints");
    store.commit(1, changes).expect("room");
    let others = (0..MASTERS - 1)
        .flat_map(|number| stranger(number, u64::from(number) + 2, &hashes[..BOILERPLATE], now));
    store.commit(2, others.collect()).expect("room");

    let mut texts = Vec::new();
    copy::Stamper::new(&master).stamp(&advisory::word(&master, 3), &mut texts);
    let mut group = criterion.benchmark_group("identify");
    assert_eq!(store.masters_with(&hashes).expect("reads").len(), 1);
    let name = format!("{} fingerprints alone, {MASTERS} masters", hashes.len());
    group.bench_function(name, |b| b.iter(|| black_box(store.masters_with(&hashes))));
    let name = "loading a master";
    group.bench_function(name, |b| b.iter(|| black_box(Revision::at(&store, &root, 1))));
    for (name, damage) in [("whole", Damage::None), ("30% of it", Damage::Excerpt)] {
        let sample = Sample::new(damage.apply(&texts[0]).as_bytes()).expect("small");
        let found = intake::identify(&store, &root, &sample).expect("reads");
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].advisory.as_str(), &*found[0].parts_seen),
            ("WANTED-1", &[Part::Description][..])
        );
        group.bench_function(format!("{name}, {MASTERS} masters"), |bencher| {
            bencher.iter(|| black_box(intake::identify(&store, &root, &sample)));
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
