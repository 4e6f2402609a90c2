//! Any bytes align with a master: one reading a slot, of variants that there are.
#![no_main]

use std::sync::LazyLock;

use canarymark::{Master, Reading, Sample};
use libfuzzer_sys::fuzz_target;

const GOLDEN: &str = include_str!("../../tests/golden/master.json");
static MASTER: LazyLock<Master> =
    LazyLock::new(|| Master::from_json(GOLDEN.trim_end()).expect("the golden master"));

fuzz_target!(|input: &[u8]| {
    let readings = MASTER.align(&Sample::new(input).expect("small")).readings;
    for (slot, (reading, _)) in MASTER.slots().iter().zip(readings.iter()) {
        assert!(!matches!(reading, Reading::Variant(v) if u32::from(*v) >= slot.arity()));
    }
});
