//! What declared values are for: one paragraph of an advisory, and nothing left of its wording.

use std::sync::Arc;

use canarymark::{
    Format, Master, Part, SourceFile,
    master::{PlanOptions, plan},
    probability::Probability,
    revision::choose_law,
    simulate::{Attack, Plan, Simulation, damage::Damage, simulate},
};

const RECIPIENTS: usize = 100;

const START: &str = "# Heron: requests without a name stop the worker\n\nHeron hands requests to \
    its workers. Versions before 4.2 are affected, and the default configuration is vulnerable.\n\n";
const END: &str = "\n\nUsers should upgrade as soon as possible. If you are unable to upgrade \
    immediately, turn the cache off; we are not aware of any attacks.\n";

/// The longest paragraph, with values of 45.0 bits and a little wording.
const PARAGRAPH: &str = "In our test a specially crafted request was sent to port @@{port: port \
    20000..36383 = 28080} of the host. The worker with process id @@{pid = 4172} stopped, prior \
    to which it wrote a record with mark @@{hex 4} to the log. This allows an attacker to \
    stop all workers one after the other, and results in an outage of the service until \
    somebody starts it again. Whoever sees such a record should save the log.";

/// Six values of 16 bits, in sentences that say nothing else.
const VALUES: &str = "The probe left these records in the log: mark @@{hex 4 = 51c7}, mark \
    @@{hex 4 = 0b3e}, mark @@{hex 4 = 9d20}.\n\nThe second host shows mark @@{hex 4 = 77fa}, mark \
    @@{hex 4 = c481} and mark @@{hex 4 = 2e95}.";

fn master(text: &str) -> Arc<Master> {
    let (name, part) = ("heron.md".to_owned(), Part::Description);
    let file = SourceFile { name, part, format: Format::Markdown, text: text.to_owned() };
    let planned = plan(&[file], &PlanOptions::default()).expect("plans");
    assert_eq!(planned.dropped, []);
    Arc::new(planned.master)
}

fn leaked(master: &Arc<Master>, damage: Damage, trials: usize) -> Simulation {
    let probability = Probability::DEFAULT;
    let plan = Plan {
        law: choose_law(master, RECIPIENTS, probability),
        arities: master.arities(),
        blocks: master.blocks(),
        recipients: RECIPIENTS,
        colluders: 1,
        attack: Attack::Interleave,
        text: Some((Arc::clone(master), damage)),
        erased: 0.0,
        noise: 0.0,
        false_positive: probability,
        trials,
        seed: 5,
    };
    let found = simulate(&plan, |_| ()).expect("fits");
    eprintln!("{damage}: {:.3} of {trials} traced", found.caught);
    assert_eq!(found.innocent_accused, 0, "{damage}");
    found
}

#[test]
fn one_paragraph_of_forty_bits_is_enough() {
    let paragraph = master(PARAGRAPH);
    let bits: f64 = paragraph.arities().iter().map(|arity| f64::from(*arity).log2()).sum();
    assert!((40.0..60.0).contains(&bits), "{bits}");
    let whole = master(&format!("{START}{PARAGRAPH}{END}"));
    assert!(leaked(&whole, Damage::Paragraph, 100).caught >= 0.99);
    // The same paragraph, and what is made of it.
    for damage in [
        Damage::None,
        Damage::Nfkc,
        Damage::StripFormat,
        Damage::Ascii,
        Damage::Rewrap,
        Damage::LowerCase,
        Damage::Html,
        Damage::Rendered,
        Damage::Quoted,
        Damage::Shuffled,
    ] {
        assert!(leaked(&paragraph, damage, 60).caught >= 0.99, "{damage}");
    }
    assert!(leaked(&paragraph, Damage::Noise, 100).caught >= 0.9);
}

#[test]
fn six_values_survive_any_translation() {
    let whole = master(&format!("{START}{VALUES}{END}"));
    assert!(leaked(&whole, Damage::Translated, 100).caught >= 0.99);
    // The values also name the copy where the wording was first replaced word by word.
    assert!(leaked(&whole, Damage::Replaced, 100).caught >= 0.9);
}
