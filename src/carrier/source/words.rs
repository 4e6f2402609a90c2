//! Which names may stand for a name.

use std::{collections::HashMap, sync::LazyLock};

/// Pools of names for the same role; the head of the file says how they read.
const POOLS: &str = include_str!("names.txt");

/// The most variants of a name.
pub(super) const MOST: usize = 16;

struct Pools {
    lists: Vec<Vec<&'static str>>,
    /// Whether parts of longer names are exchanged within the pool.
    parts: Vec<bool>,
    of: HashMap<&'static str, usize>,
}

static KNOWN: LazyLock<Pools> = LazyLock::new(|| {
    let mut pools = Pools { lists: Vec::new(), parts: Vec::new(), of: HashMap::new() };
    for line in POOLS.lines().filter(|line| !line.starts_with('#')) {
        let list: Vec<&str> = line.trim_start_matches('+').split_whitespace().collect();
        for name in &list {
            pools.of.entry(name).or_insert(pools.lists.len());
        }
        pools.parts.push(line.starts_with('+'));
        pools.lists.push(list);
    }
    pools
});

/// How a file writes names of several words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Habit {
    /// `next_node`.
    Snake,
    /// `nextNode`.
    Camel,
}

/// The words of a name in lower case, and the digits that it ends in.
fn split(name: &str) -> (Vec<String>, &str) {
    let digits = name.len() - name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (body, number) = name.split_at(name.len() - digits);
    let mut words: Vec<String> = Vec::new();
    for part in body.split('_').filter(|part| !part.is_empty()) {
        let mut word = String::new();
        for letter in part.chars() {
            if letter.is_uppercase() && !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            word.extend(letter.to_lowercase());
        }
        words.push(word);
    }
    (words, number)
}

fn join(words: &[String], number: &str, habit: Habit) -> String {
    let mut name = String::new();
    for (at, word) in words.iter().enumerate() {
        match (at, habit) {
            (0, _) => name.push_str(word),
            (_, Habit::Snake) => {
                name.push('_');
                name.push_str(word);
            }
            (_, Habit::Camel) => {
                let mut letters = word.chars();
                name.extend(letters.next().into_iter().flat_map(char::to_uppercase));
                name.push_str(letters.as_str());
            }
        }
    }
    name + number
}

/// Words before or behind a name that say no more than it does.
const AROUND: [(&str, &str); 15] = [
    ("cur", ""),
    ("", "val"),
    ("the", ""),
    ("this", ""),
    ("", "item"),
    ("one", ""),
    ("my", ""),
    ("", "var"),
    ("", "obj"),
    ("given", ""),
    ("", "here"),
    ("local", ""),
    ("", "ref"),
    ("own", ""),
    ("", "now"),
];

/// Names that may stand for a name, best first, the name itself not among them.
pub(super) fn candidates(name: &str, habit: Habit) -> Vec<String> {
    let (words, number) = split(name);
    let whole = words.join("_");
    let mut found: Vec<String> = Vec::new();
    let mut push = |words: Vec<String>| {
        let made = join(&words, number, habit);
        if made != name && !found.contains(&made) {
            found.push(made);
        }
    };
    let parts = |name: &str| name.split('_').map(str::to_owned).collect::<Vec<_>>();
    let pools = &*KNOWN;
    let full = format!("{whole}{number}");
    let pool = pools.of.get(full.as_str()).or_else(|| pools.of.get(whole.as_str()));
    if let Some(pool) = pool {
        for other in &pools.lists[*pool] {
            // Another number behind a pool word that has one would read as a third thing.
            if number.is_empty() || !other.ends_with(|c: char| c.is_ascii_digit()) {
                push(parts(other));
            }
        }
    } else if words.len() > 1 {
        for (at, word) in words.iter().enumerate().rev() {
            let pool = pools.of.get(word.as_str()).filter(|pool| pools.parts[**pool]);
            for other in pool.map_or(&[][..], |pool| &pools.lists[*pool]) {
                if !other.contains('_') {
                    let mut words = words.clone();
                    words[at] = (*other).to_owned();
                    push(words);
                }
            }
        }
    }
    for (before, behind) in AROUND {
        let filled = |word: &str| (!word.is_empty()).then(|| word.to_owned());
        let around = filled(before).into_iter().chain(words.clone()).chain(filled(behind));
        if words.first().is_none_or(|word| word != before)
            && words.last().is_none_or(|word| word != behind)
        {
            push(around.collect());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_role_habit_and_number() {
        let first = |name, habit| candidates(name, habit)[..3].to_vec();
        assert_eq!(first("i", Habit::Snake), ["j", "k", "ii"]);
        assert_eq!(
            first("resultList", Habit::Camel),
            ["resultLists", "resultListing", "resultCollection"]
        );
        assert_eq!(first("num2", Habit::Snake)[0], "number2");
        assert_eq!(
            first("frobnicator", Habit::Snake),
            ["cur_frobnicator", "frobnicator_val", "the_frobnicator"]
        );
    }

    #[test]
    fn every_name_has_enough_others() {
        for name in
            POOLS.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace)
        {
            let found = candidates(name.trim_start_matches('+'), Habit::Snake);
            assert!(found.len() >= MOST - 1, "{name}: {found:?}");
        }
    }
}
