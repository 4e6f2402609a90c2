//! What reads as a master stamps and aligns like any other, and is written as it was read.
#![no_main]

use canarymark::{Codeword, Master, Part, Sample, copy};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|json: &str| {
    let Ok(master) = Master::from_json(json) else { return };
    let again = master.to_json();
    assert_eq!(Master::from_json(&again).expect("its own bytes").to_json(), again);
    let word = Codeword::new(vec![1; master.slots().len()]);
    let _ = copy::stamp(&master, &word, &[Part::Description]);
    let sample = Sample::new(json.as_bytes()).expect("small");
    assert_eq!(master.align(&sample).readings.len(), master.slots().len());
});
