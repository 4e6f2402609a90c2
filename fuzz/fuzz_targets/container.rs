//! Any bytes unpack under the bounds, or say why not.
#![no_main]

use canarymark::container::{Limits, members};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { bytes: 1 << 20, entries: 100, held: 1 << 20, ..Limits::default() };
    let (found, walked) = members("f", bytes, &limits);
    assert!(found.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() <= 1 << 20);
    assert_eq!(u64::try_from(found.len()), Ok(walked.members));
});
