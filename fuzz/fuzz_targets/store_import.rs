//! Any file opened as a store is read or refused, never more.
#![no_main]

use canarymark::store::{Sqlite, Store};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    let folder = tempfile::tempdir().expect("a folder for one input");
    let path = folder.path().join("canarymark.db");
    std::fs::write(&path, file).expect("the folder takes one file");
    let Ok(store) = Sqlite::open(&path) else { return };
    let _ = (store.check(), store.recipients(), store.advisories(), store.intakes(0));
    for leaf in 0..store.log_size().unwrap_or(0).min(100) {
        let _ = (store.words(leaf), store.master(leaf), store.spool(leaf));
    }
});
