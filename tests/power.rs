//! Power: the table of the manual, in small by default. In full, printed as it stands there:
//! `SLOW_TESTS=1 cargo test --release --test power -- --nocapture`.

use canarymark::{
    codebook::Law::{self, Half, ThreePoint, TwoPoint},
    probability::Probability,
    simulate::{
        Attack::{self, *},
        Plan, simulate,
    },
};

struct Cell {
    recipients: usize,
    law: Law,
    arity: u32,
    colluders: usize,
    attacks: &'static [Attack],
    slots: usize,
    caught: f64,
}

const fn cell(
    recipients: usize,
    (law, arity): (Law, u32),
    (colluders, attacks): (usize, &'static [Attack]),
    slots: usize,
    caught: f64,
) -> Cell {
    Cell { recipients, law, arity, colluders, attacks, slots, caught }
}

/// At a false-positive probability of 1e-6.
const CELLS: [Cell; 13] = [
    cell(10_000, (Half, 2), (1, &[Interleave]), 38, 0.9),
    cell(10_000, (Half, 2), (2, &Attack::ALL), 128, 0.95),
    cell(100, (Half, 2), (2, &Attack::ALL), 96, 0.95),
    cell(10_000, (TwoPoint, 2), (2, &Attack::ALL), 168, 0.95),
    cell(10_000, (TwoPoint, 2), (3, &[Interleave, Majority, Worst]), 320, 0.9),
    cell(100, (TwoPoint, 2), (3, &[Interleave]), 240, 0.9),
    cell(100, (TwoPoint, 2), (3, &[Worst]), 192, 0.9),
    cell(10_000, (TwoPoint, 2), (4, &[Interleave]), 576, 0.85),
    cell(10_000, (TwoPoint, 2), (4, &[Worst]), 512, 0.95),
    cell(10_000, (ThreePoint, 2), (5, &[Interleave]), 1024, 0.85),
    cell(10_000, (ThreePoint, 2), (5, &[Worst]), 1024, 0.9),
    cell(1000, (Half, 4), (2, &[Interleave, EraseDifferent]), 64, 0.95),
    cell(1000, (Half, 4), (2, &[EraseHalf, OtherVariant]), 80, 0.9),
];

/// The slots that Laarhoven and de Weger prove sufficient for so many recipients and colluders at
/// this probability, for a miss of about one half and with their usual setting.
fn proved(recipients: usize, colluders: usize) -> &'static str {
    match (recipients, colluders) {
        (10_000, 2) => "994 / 2,192",
        (100, 2) => "795 / 1,754",
        (10_000, 3) => "2,054 / 4,158",
        (100, 3) => "1,644 / 3,327",
        (10_000, 4) => "3,456 / 6,607",
        (10_000, 5) => "5,186 / 9,508",
        _ => "",
    }
}

#[test]
fn the_table_of_the_manual_holds() {
    let slow = std::env::var_os("SLOW_TESTS").is_some();
    let trials = if slow { 400 } else { 4 };
    for cell in CELLS {
        // Without SLOW_TESTS only the small lists, where a trial takes milliseconds.
        if !slow && cell.recipients > 100 {
            continue;
        }
        for attack in cell.attacks {
            let plan = Plan {
                law: cell.law,
                arities: vec![cell.arity; cell.slots],
                blocks: Vec::new(),
                recipients: cell.recipients,
                colluders: cell.colluders,
                attack: *attack,
                text: None,
                erased: 0.0,
                noise: 0.0,
                false_positive: Probability::DEFAULT,
                trials,
                seed: 1,
            };
            let found = simulate(&plan, |_| ()).unwrap();
            assert_eq!(found.innocent_accused, 0, "{attack}");
            let code = if cell.arity == 2 { cell.law.to_string() } else { "four-ary".to_owned() };
            let proved = if cell.arity == 2 { proved(cell.recipients, cell.colluders) } else { "" };
            eprintln!(
                "| {} {code} | {} {attack} | {} | {:.1}% | {:.2} | {proved} |",
                cell.recipients,
                cell.colluders,
                cell.slots,
                100.0 * found.caught,
                found.mean_caught
            );
            // Four trials can only show a breakdown.
            let bar = if slow { cell.caught } else { 0.5 };
            assert!(found.caught >= bar, "{} {attack} {}: {found:?}", cell.law, cell.slots);
        }
    }
}
