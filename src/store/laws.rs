//! The laws that every store keeps, run on each implementation.

use crate::{
    advisory::{AdvisoryId, Part, Tlp},
    canary::{CanaryKind, Token},
    log::{Advisory, Body, Genesis, Intake, Issue, IssueCommitments, LeafType, Opening},
    recipient::{Endpoint, Recipient, RecipientId, Standing},
    store::{
        AdvisoryRecord, CanaryRecord, Change, IntakeRecord, Memory, RevisionRecord, SpoolFile,
        Store, StoreError, WordRecord,
    },
};

macro_rules! laws {
    ($($law:ident),* $(,)?) => {
        mod memory {
            $(#[test]
            fn $law() {
                super::$law(&mut super::Memory::new());
            })*
        }

        #[cfg(feature = "sqlite")]
        mod sqlite {
            $(#[test]
            fn $law() {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("store.db");
                super::$law(&mut crate::store::Sqlite::create(&path).unwrap());
                crate::store::Sqlite::open(&path).unwrap().check().unwrap();
            })*
        }
    };
}

laws![
    a_commit_is_all_or_nothing,
    ids_are_unique_regardless_of_case,
    everything_comes_back_as_it_was_put,
    revoking_is_final,
    records_stand_on_their_leaves,
    words_come_in_log_order,
    spooled_files_stay_until_they_are_deleted,
    intakes_are_found_by_their_bytes,
    masters_are_found_by_what_they_share,
    canaries_belong_to_copies_until_they_are_burnt,
];

pub(super) fn leaf(body: &Body, salt: u8) -> Change {
    Change::AppendLeaf(Opening::new(body, [salt; 32]).unwrap())
}

pub(super) fn genesis() -> Change {
    let origin = "example.org/log".to_owned();
    let body = Genesis { origin, key_check: [1; 8], ledger_alpha: 1e-6, unix_seconds: 1 };
    leaf(&Body::Genesis(body), 1)
}

pub(super) fn recipient(id: &str) -> Recipient {
    Recipient::new(RecipientId::new(id).unwrap())
}

pub(super) fn advisory(id: &str) -> AdvisoryRecord {
    AdvisoryRecord {
        id: AdvisoryId::new(id).unwrap(),
        title: String::new(),
        created: "2026-01-02T03:04:05.678Z".parse().unwrap(),
        release_at: None,
        tlp: None,
        false_positive: 1e-6,
    }
}

/// The leaf and the record of a revision whose leaf gets this index.
pub(super) fn revision(advisory: &str, revision: u32, index: u64) -> [Change; 2] {
    let advisory = AdvisoryId::new(advisory).unwrap();
    let master = format!("master {index}").into_bytes();
    let sha256 = ring::digest::digest(&ring::digest::SHA256, &master);
    let body = Advisory {
        advisory: advisory.clone(),
        revision,
        codebook: [1; 32],
        master_sha256: sha256.as_ref().try_into().unwrap(),
        slots_sha256: [3; 32],
        slots: 10,
        false_positive: 1e-6,
        law: "half".to_owned(),
        scorer: 1,
        unix_seconds: 1,
    };
    let law = body.law.clone();
    let record = RevisionRecord { advisory, revision, law, leaf: index, thin_acknowledged: false };
    [leaf(&Body::Advisory(body), 2), Change::PutRevision { revision: record, master }]
}

/// The leaf and the record of a word whose leaf gets this index.
pub(super) fn word(revision_leaf: u64, to: &str, number: u32, index: u64) -> [Change; 2] {
    let parts = [Part::Description].into_iter().collect();
    let recipient = RecipientId::new(to).unwrap();
    let body = Issue {
        advisory_leaf: revision_leaf,
        recipient: recipient.clone(),
        endpoint: None,
        issue: number,
        commitments: IssueCommitments { seed: [1; 32], word: [2; 32], copy: [3; 32] },
        parts,
        as_of_unix_seconds: 1,
        clock_unix_seconds: 1,
    };
    let nonce = [u8::try_from(index % 256).unwrap(); 32];
    let (endpoint, issue, leaf_index) = (None, number, index);
    let record =
        WordRecord { revision_leaf, recipient, endpoint, issue, nonce, parts, leaf: leaf_index };
    [leaf(&Body::Issue(body), 3), Change::PutWord(record)]
}

fn intake(sha256: [u8; 32], index: u64) -> (Change, IntakeRecord) {
    let body = Intake { sample_sha256: sha256, size: 5, sketch_sha256: [9; 32], unix_seconds: 1 };
    let looks = Vec::new();
    let record = IntakeRecord {
        sha256,
        size: 5,
        leaf: index,
        looks,
        sketch: vec![1, 2],
        readings: "1 v0".to_owned(),
        outcome: None,
    };
    (leaf(&Body::Intake(body), 4), record)
}

/// Genesis, recipients `contoso` and `Fabrikam`, advisory `ADV-1` with its first revision at leaf 1.
pub(super) fn programme() -> Vec<Change> {
    let mut changes = vec![
        genesis(),
        Change::PutRecipient(recipient("contoso")),
        Change::PutRecipient(recipient("Fabrikam")),
        Change::PutAdvisory(advisory("ADV-1")),
    ];
    changes.extend(revision("ADV-1", 1, 1));
    changes
}

fn a_commit_is_all_or_nothing(store: &mut dyn Store) {
    assert_eq!(store.commit(0, vec![genesis()]).unwrap(), 1);
    let late = store.commit(0, vec![Change::PutRecipient(recipient("late"))]);
    assert!(matches!(late, Err(StoreError::Conflict { expected: 0, found: 1 })));
    let half =
        vec![genesis(), Change::PutRecipient(recipient("a")), Change::PutRecipient(recipient("A"))];
    assert!(matches!(store.commit(1, half), Err(StoreError::Exists { .. })));
    assert_eq!(store.log_size().unwrap(), 1);
    assert!(store.recipients().unwrap().is_empty());
    assert_eq!(store.commit(1, Vec::new()).unwrap(), 1);
}

fn ids_are_unique_regardless_of_case(store: &mut dyn Store) {
    store.commit(0, programme()).unwrap();
    let found = store.recipient(&RecipientId::new("FABRIKAM").unwrap()).unwrap().unwrap();
    assert_eq!(found.id.as_str(), "Fabrikam");
    let again = store.commit(2, vec![Change::PutRecipient(recipient("fabrikam"))]);
    assert_eq!(again.unwrap_err().to_string(), "recipient `Fabrikam` exists already");
    let again = store.commit(2, vec![Change::PutAdvisory(advisory("adv-1"))]);
    assert_eq!(again.unwrap_err().to_string(), "advisory `ADV-1` exists already");
    let id = AdvisoryId::new("adv-1").unwrap();
    assert_eq!(store.advisory(&id).unwrap().unwrap().id.as_str(), "ADV-1");
    assert_eq!(store.revisions(&id).unwrap()[0].advisory.as_str(), "ADV-1");
}

fn everything_comes_back_as_it_was_put(store: &mut dyn Store) {
    let full = Recipient {
        name: "Contoso, \"the\" first\n".to_owned(),
        tier: Some("entry".to_owned()),
        jurisdictions: vec!["DE".to_owned(), "FR".to_owned()],
        flags: vec!["state-reporting".to_owned()],
        age: vec!["age1abc".to_owned()],
        ssh_key: Some("ssh-ed25519 AAAA".to_owned()),
        endpoints: vec![Endpoint::new("lab").unwrap(), Endpoint::new("soc").unwrap()],
        standing: Standing::Suspended { reason: "asked".to_owned() },
        ..recipient("contoso")
    };
    let labelled = AdvisoryRecord {
        title: "A title".to_owned(),
        release_at: Some("2026-02-03T00:00:00Z".parse().unwrap()),
        tlp: Some(Tlp::AmberStrict),
        false_positive: 3.3e-7,
        ..advisory("ADV-2")
    };
    let recipients = vec![full, recipient("b")];
    let advisories = vec![labelled, advisory("ADV-1")];
    let mut changes = vec![genesis()];
    changes.extend(recipients.iter().cloned().map(Change::PutRecipient));
    changes.extend(advisories.iter().cloned().map(Change::PutAdvisory));
    changes.extend(revision("ADV-2", 1, 1));
    changes.extend(revision("ADV-2", 2, 2));
    assert_eq!(store.commit(0, changes).unwrap(), 3);
    assert_eq!(store.recipients().unwrap(), recipients);
    assert_eq!(store.advisories().unwrap(), advisories);
    let revisions = store.revisions(&advisories[0].id).unwrap();
    assert_eq!(revisions.iter().map(|revision| revision.leaf).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(store.revision_at(2).unwrap().as_ref(), Some(&revisions[1]));
    assert_eq!(store.master(2).unwrap().unwrap(), b"master 2");
    assert_eq!((store.master(0).unwrap(), store.revision_at(9).unwrap()), (None, None));
    let (first, opening) = store.leaf(0).unwrap().unwrap();
    assert_eq!((opening.kind(), opening.verify(&first)), (LeafType::Genesis, Ok(())));
    assert!(store.leaf(3).unwrap().is_none() && store.leaf(u64::MAX).unwrap().is_none());
    store.commit(3, vec![Change::AcknowledgeThin { revision_leaf: 2 }]).unwrap();
    let thin = |leaf| store.revision_at(leaf).unwrap().unwrap().thin_acknowledged;
    assert_eq!((thin(1), thin(2)), (false, true));
}

fn revoking_is_final(store: &mut dyn Store) {
    store.commit(0, programme()).unwrap();
    let id = RecipientId::new("Contoso").unwrap();
    let mut set = |standing: Standing| {
        let recipient = id.clone();
        store.commit(2, vec![Change::SetStanding { recipient, standing }])
    };
    set(Standing::Suspended { reason: "r".to_owned() }).unwrap();
    set(Standing::Active).unwrap();
    let revoked = Standing::Revoked { reason: "r".to_owned() };
    set(revoked.clone()).unwrap();
    set(revoked.clone()).unwrap();
    assert!(matches!(set(Standing::Active), Err(StoreError::Revoked { .. })));
    assert_eq!(store.recipient(&id).unwrap().unwrap().standing, revoked);
    let recipient = RecipientId::new("nobody").unwrap();
    let nobody = vec![Change::SetStanding { recipient, standing: Standing::Active }];
    assert!(matches!(store.commit(2, nobody), Err(StoreError::Unknown { .. })));
}

fn records_stand_on_their_leaves(store: &mut dyn Store) {
    store.commit(0, programme()).unwrap();
    let [_, unlogged] = word(1, "contoso", 1, 2);
    assert!(matches!(store.commit(2, vec![unlogged]), Err(StoreError::Unknown { .. })));
    let [_, wrong] = word(1, "contoso", 1, 0);
    let wrong = store.commit(2, vec![wrong]).unwrap_err();
    assert_eq!(wrong.to_string(), "leaf 0 is of type genesis, expected issue");
    let stranger = store.commit(2, word(1, "nobody", 1, 2).into()).unwrap_err();
    assert_eq!(stranger.to_string(), "there is no recipient `nobody`");
    let homeless = store.commit(2, word(0, "contoso", 1, 2).into()).unwrap_err();
    assert_eq!(homeless.to_string(), "there is no revision `0`");
    let [_, twice] = revision("ADV-1", 1, 1);
    let twice = store.commit(2, vec![twice]).unwrap_err();
    assert_eq!(twice.to_string(), "advisory `ADV-1 revision 1` exists already");
}

fn words_come_in_log_order(store: &mut dyn Store) {
    store.commit(0, programme()).unwrap();
    store.commit(2, word(1, "Fabrikam", 1, 2).into()).unwrap();
    store.commit(3, word(1, "contoso", 1, 3).into()).unwrap();
    let shouted = store.commit(4, word(1, "CONTOSO", 1, 4).into()).unwrap_err();
    assert_eq!(shouted.to_string(), "there is no recipient `CONTOSO`");
    let again = store.commit(4, word(1, "contoso", 1, 4).into()).unwrap_err();
    assert_eq!(again.to_string(), "word `contoso issue 1` exists already");
    store.commit(4, word(1, "contoso", 2, 4).into()).unwrap();
    let words = store.words(1).unwrap();
    let listed: Vec<_> =
        words.iter().map(|word| (word.leaf, word.recipient.as_str(), word.issue)).collect();
    assert_eq!(listed, [(2, "Fabrikam", 1), (3, "contoso", 1), (4, "contoso", 2)]);
    assert_eq!(words[1].nonce, [3; 32]);
    assert!(!format!("{words:?}").contains("nonce"));
    assert!(store.words(7).unwrap().is_empty());
}

fn spooled_files_stay_until_they_are_deleted(store: &mut dyn Store) {
    store.commit(0, programme()).unwrap();
    let file = |word, name: &str| SpoolFile {
        word,
        folder: "out/contoso".to_owned(),
        name: name.to_owned(),
        bytes: vec![0, 255, 10],
    };
    let mut changes: Vec<Change> = word(1, "contoso", 1, 2).into();
    changes.extend([file(2, "b"), file(2, "a")].map(Change::PutSpool));
    changes.extend(word(1, "Fabrikam", 1, 3));
    changes.push(Change::PutSpool(file(3, "a")));
    store.commit(2, changes).unwrap();
    assert_eq!(store.spooled_words().unwrap(), [2, 3]);
    assert_eq!(store.spool(2).unwrap(), [file(2, "a"), file(2, "b")]);
    let twice = store.commit(4, vec![Change::PutSpool(file(2, "a"))]).unwrap_err();
    assert_eq!(twice.to_string(), "file `a` exists already");
    assert!(store.commit(4, vec![Change::PutSpool(file(9, "a"))]).is_err());
    store.commit(4, vec![Change::DeleteSpool { word: 2 }]).unwrap();
    assert_eq!(store.spooled_words().unwrap(), [3]);
    assert!(store.spool(2).unwrap().is_empty());
}

fn intakes_are_found_by_their_bytes(store: &mut dyn Store) {
    let (advisory_1, advisory_2) = ("ADV-1", "ADV-0");
    store.commit(0, programme()).unwrap();
    store.commit(2, vec![Change::PutAdvisory(advisory(advisory_2))]).unwrap();
    let (logged, mut first) = intake([7; 32], 2);
    first.looks = [advisory_2, advisory_1].map(|id| (AdvisoryId::new(id).unwrap(), 1)).into();
    store.commit(2, vec![logged, Change::PutIntake(first.clone())]).unwrap();
    let (logged, mut second) = intake([8; 32], 3);
    second.looks = vec![(AdvisoryId::new(advisory_1).unwrap(), 2)];
    store.commit(3, vec![logged, Change::PutIntake(second.clone())]).unwrap();
    let (logged, again) = intake([7; 32], 4);
    store.commit(4, vec![logged, Change::PutIntake(again.clone())]).unwrap();
    assert_eq!(store.intakes_with(&[7; 32]).unwrap(), [first.clone(), again.clone()]);
    assert!(store.intakes_with(&[9; 32]).unwrap().is_empty());
    let of = |store: &dyn Store, id| store.intakes_of(&AdvisoryId::new(id).unwrap()).unwrap();
    assert_eq!(of(store, "adv-1"), [first.clone(), second.clone()]);
    assert_eq!(of(store, "adv-0"), [first.clone()]);
    assert_eq!(store.intakes(0).unwrap(), [first, second.clone(), again.clone()]);
    assert_eq!(store.intakes(3).unwrap(), [second, again]);
    let outcome = |text: &str| Change::PutOutcome { intake: 2, outcome: text.to_owned() };
    store.commit(5, vec![outcome("{}")]).unwrap();
    assert_eq!(store.intakes_with(&[7; 32]).unwrap()[0].outcome.as_deref(), Some("{}"));
    let other = store.commit(5, vec![outcome("[]")]).unwrap_err();
    assert_eq!(other.to_string(), "outcome of intake `2` exists already");
    let unknown = Change::PutOutcome { intake: 1, outcome: String::new() };
    assert!(matches!(store.commit(5, vec![unknown]), Err(StoreError::Unknown { .. })));
}

fn masters_are_found_by_what_they_share(store: &mut dyn Store) {
    let mut changes = vec![genesis(), Change::PutAdvisory(advisory("ADV-1"))];
    for number in 1..=65_u32 {
        let leaf = u64::from(number);
        changes.extend(revision("ADV-1", number, leaf));
        // Everybody has 5, all but one have 6, and each has three of its own, one at the far end.
        let mut hashes = vec![5, 100 + leaf, 100 + leaf, 1000 + leaf, u64::MAX - leaf];
        if number > 1 {
            hashes.push(6);
        }
        changes.push(Change::PutFingerprints { revision_leaf: leaf, hashes });
    }
    store.commit(0, changes).unwrap();
    assert_eq!(store.masters_with(&[]).unwrap(), []);
    assert_eq!(store.masters_with(&[4, 5]).unwrap(), [], "boilerplate points at nobody");
    let found = store.masters_with(&[u64::MAX - 3, 103, 103, 1003, 109, 104, 5]).unwrap();
    assert_eq!(found, [(3, 3), (4, 1), (9, 1)]);
    assert_eq!(store.masters_with(&[6]).unwrap().len(), 64);
    let unknown = Change::PutFingerprints { revision_leaf: 0, hashes: vec![1] };
    assert!(matches!(store.commit(66, vec![unknown]), Err(StoreError::Unknown { .. })));
}

fn canaries_belong_to_copies_until_they_are_burnt(store: &mut dyn Store) {
    let mut changes = vec![genesis(), Change::PutRecipient(recipient("contoso"))];
    changes.push(Change::PutAdvisory(advisory("ADV-1")));
    changes.extend(revision("ADV-1", 1, 1));
    changes.extend(word(1, "contoso", 1, 2));
    store.commit(0, changes).unwrap();
    let record = |token, kind, word| CanaryRecord {
        token,
        kind,
        name: "m".to_owned(),
        revision_leaf: 1,
        word,
        burnt: None,
    };
    let own = record(Token::Full(u128::MAX - 1), CanaryKind::Base32, Some(2));
    let all = record(Token::Full(7), CanaryKind::Advisory, None);
    let short = record(Token::Short(7), CanaryKind::Short, Some(2));
    for record in [&own, &all, &short] {
        store.commit(3, vec![Change::PutCanary(record.clone())]).unwrap();
        assert_eq!(store.canary(record.token).unwrap().as_ref(), Some(record));
    }
    assert_eq!(store.word(2).unwrap().unwrap().recipient.as_str(), "contoso");
    assert_eq!(store.word(1).unwrap(), None);
    assert_eq!(store.canary(Token::Full(8)).unwrap(), None);
    let counts = [(CanaryKind::Base32, 1), (CanaryKind::Short, 1)];
    assert_eq!(store.canaries_of_copies().unwrap(), counts);
    assert_eq!(store.short_canaries().unwrap(), [Token::Short(7)]);
    let taken = store.commit(3, vec![Change::PutCanary(own.clone())]).unwrap_err();
    assert!(matches!(taken, StoreError::Exists { kind: "canary", .. }), "{taken}");

    let at: jiff::Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
    let burn = |token| vec![Change::BurnCanary { token, at }];
    store.commit(3, burn(own.token)).unwrap();
    assert_eq!(store.canary(own.token).unwrap().unwrap().burnt, Some(at));
    assert!(matches!(store.commit(3, burn(own.token)), Err(StoreError::Exists { .. })));
    assert!(matches!(store.commit(3, burn(Token::Full(9))), Err(StoreError::Unknown { .. })));
}
