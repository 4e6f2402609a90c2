//! A body that is read is the one encoding of what it says.
#![no_main]

use canarymark::log::{Body, Leaf, LeafType};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let _ = Leaf::from_bytes(input);
    let Some((number, bytes)) = input.split_first() else { return };
    let Ok(kind) = LeafType::from_number(*number) else { return };
    if let Ok(body) = Body::decode(kind, bytes) {
        assert_eq!(body.encode().as_deref(), Ok(bytes));
    }
});
