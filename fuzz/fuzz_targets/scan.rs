//! Any bytes scan the same on every path, whole or in pieces, and show no token.
#![no_main]

use std::sync::LazyLock;

use canarymark::{
    canary::Token,
    key::ScanKey,
    scan::{Keys, Lanes, scan_stream_with, scan_with},
};
use libfuzzer_sys::fuzz_target;

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    Keys::new([(1, ScanKey::from_bytes([0xA5; 16]))]).with_short([Token::Short(77)])
});

fuzz_target!(|bytes: &[u8]| {
    let whole = scan_with(bytes, &KEYS, Lanes::Portable);
    for lanes in Lanes::all() {
        assert_eq!(scan_with(bytes, &KEYS, lanes), whole);
    }
    let (pieces, _) = scan_stream_with(&mut &bytes[..], &KEYS, Lanes::best(), 64);
    assert_eq!(pieces.bytes, whole.bytes);
});
