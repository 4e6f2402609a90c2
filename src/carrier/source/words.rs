//! Which names may stand for a name.

use std::{collections::HashMap, sync::LazyLock};

/// Pools of names for the same role; the head of the file says how they read.
const POOLS: &str = include_str!("names.txt");

/// The most variants of a name.
pub(super) const MOST: usize = 16;

/// What the variable of a name is seen to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sense {
    Unknown,
    Number,
    Text,
    /// One character.
    Letter,
    /// A list, an array, a set.
    Many,
}

struct Pool {
    names: Vec<&'static str>,
    /// Whether parts of longer names are exchanged within the pool.
    parts: bool,
    /// What names of the pool hold, where they do not say it.
    sense: Sense,
}

struct Pools {
    all: Vec<Pool>,
    of: HashMap<&'static str, Vec<usize>>,
}

impl Pools {
    /// The pool of a name: a letter takes its meaning from what it holds, a word from itself.
    fn of(&self, name: &str, sense: Sense) -> Option<&Pool> {
        let pools = || self.of.get(name).into_iter().flatten().map(|at| &self.all[*at]);
        let held = pools().find(|pool| sense != Sense::Unknown && pool.sense == sense);
        let plain = pools().find(|pool| pool.sense == Sense::Unknown);
        if name.len() == 1 { held.or(plain) } else { plain.or(held) }
    }
}

static KNOWN: LazyLock<Pools> = LazyLock::new(|| {
    let mut pools = Pools { all: Vec::new(), of: HashMap::new() };
    for line in POOLS.lines().filter(|line| !line.starts_with('#')) {
        let (head, names) = line.split_once(' ').unwrap_or((line, ""));
        let (sense, names) = match head {
            "number:" => (Sense::Number, names),
            "text:" => (Sense::Text, names),
            "letter:" => (Sense::Letter, names),
            "many:" => (Sense::Many, names),
            _ => (Sense::Unknown, line.trim_start_matches('+')),
        };
        let names: Vec<&str> = names.split_whitespace().collect();
        for name in &names {
            pools.of.entry(name).or_default().push(pools.all.len());
        }
        pools.all.push(Pool { names, parts: line.starts_with('+'), sense });
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

/// Where the value of a variable comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// From the caller.
    Parameter,
    /// From the function itself.
    Local,
}

/// Words of names that say a value comes from outside.
const GIVEN: [&str; 4] = ["in", "given", "input", "arg"];

/// Words before (`x_`) or behind (`_x`) a name that say no more of it than is seen.
fn around(sense: Sense, role: Role) -> impl Iterator<Item = &'static str> {
    let held: &[&str] = match sense {
        Sense::Unknown => &["cur_", "the_", "this_", "one_", "my_", "_val", "_here"],
        Sense::Number => {
            &["cur_", "_val", "the_", "this_", "num_", "_num", "my_", "val_", "_here", "one_"]
        }
        Sense::Text => {
            &["cur_", "_str", "the_", "this_", "str_", "_text", "text_", "my_", "one_", "_here"]
        }
        Sense::Letter => {
            &["cur_", "_char", "the_", "this_", "char_", "_ch", "one_", "my_", "_here"]
        }
        Sense::Many => {
            &["the_", "_list", "this_", "all_", "_items", "list_", "my_", "_seq", "cur_", "_here"]
        }
    };
    let role: &[&str] = match role {
        Role::Parameter => &["in_", "given_", "_in", "_arg"],
        Role::Local => &["tmp_", "local_", "work_", "_tmp"],
    };
    let any: &[&str] = &["_var", "own_", "_now", "_used", "main_", "our_"];
    held.iter().chain(role).chain(any).copied()
}

/// Names that may stand for a name, best first, the name itself not among them.
pub(super) fn candidates(name: &str, habit: Habit, sense: Sense, role: Role) -> Vec<String> {
    let (words, number) = split(name);
    let whole = words.join("_");
    let mut found: Vec<String> = Vec::new();
    let outside = |word: &String| role == Role::Local && GIVEN.contains(&word.as_str());
    let own = words.iter().any(outside);
    let mut push = |words: Vec<String>| {
        if !own && words.iter().any(outside) {
            return;
        }
        let made = join(&words, number, habit);
        if made != name && !found.contains(&made) {
            found.push(made);
        }
    };
    let parts = |name: &str| name.split('_').map(str::to_owned).collect::<Vec<_>>();
    let pools = &*KNOWN;
    let full = format!("{whole}{number}");
    if let Some(pool) = pools.of(&full, sense).or_else(|| pools.of(&whole, sense)) {
        for other in &pool.names {
            // Another letter would read as another thing that is there already.
            let letter = pool.sense != Sense::Unknown && other.len() == 1;
            // Another number behind a pool word that has one would read as a third thing.
            let numbered = !number.is_empty() && other.ends_with(|c: char| c.is_ascii_digit());
            if !letter && !numbered {
                push(parts(other));
            }
        }
    } else if words.len() > 1 {
        for (at, word) in words.iter().enumerate().rev() {
            let pool = pools.of(word, Sense::Unknown).filter(|pool| pool.parts);
            for other in pool.map_or(&[][..], |pool| &pool.names) {
                if !other.contains('_') {
                    let mut words = words.clone();
                    words[at] = (*other).to_owned();
                    push(words);
                }
            }
        }
    }
    if name.len() == 1 {
        push(vec![name.repeat(2)]);
    }
    for word in around(sense, role) {
        let bare = word.trim_matches('_');
        if words.iter().all(|other| other != bare) {
            let (before, behind) = match word.strip_prefix('_') {
                Some(behind) => (None, Some(behind)),
                None => (Some(bare), None),
            };
            let made = before.into_iter().chain(words.iter().map(String::as_str)).chain(behind);
            push(made.map(str::to_owned).collect());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_role_habit_and_number() {
        let first =
            |name, habit| candidates(name, habit, Sense::Unknown, Role::Local)[..3].to_vec();
        assert_eq!(first("i", Habit::Snake), ["j", "ii", "jj"]);
        assert_eq!(
            first("resultList", Habit::Camel),
            ["resultLists", "resultListing", "resultCollection"]
        );
        assert_eq!(first("num2", Habit::Snake)[0], "number2");
        assert_eq!(
            first("frobnicator", Habit::Snake),
            ["cur_frobnicator", "the_frobnicator", "this_frobnicator"]
        );
    }

    #[test]
    fn only_a_parameter_comes_from_outside() {
        let outside = |role| {
            let found = ["data", "frobnicator", "n"]
                .map(|name| candidates(name, Habit::Snake, Sense::Unknown, role));
            found.into_iter().flatten().any(|name| name.split('_').any(|w| GIVEN.contains(&w)))
        };
        assert!(outside(Role::Parameter) && !outside(Role::Local));
        assert!(candidates("input", Habit::Snake, Sense::Unknown, Role::Local).len() >= MOST - 1);
    }

    #[test]
    fn letters_mean_what_they_hold() {
        let of = |name, sense| candidates(name, Habit::Snake, sense, Role::Local);
        assert!(of("s", Sense::Text).contains(&"phrase".to_owned()));
        assert!(of("l", Sense::Number).contains(&"extent".to_owned()));
        assert!(of("l", Sense::Many).contains(&"items".to_owned()));
        for sense in [Sense::Unknown, Sense::Number, Sense::Many] {
            assert!(!of("s", sense).contains(&"phrase".to_owned()));
        }
        assert_eq!(of("x", Sense::Unknown)[..2], ["xx", "cur_x"]);
    }

    #[test]
    fn every_name_has_enough_others() {
        for line in POOLS.lines().filter(|line| !line.starts_with('#')) {
            let names = line.split_whitespace().filter(|name| !name.ends_with(':'));
            for name in names {
                let name = name.trim_start_matches('+');
                for role in [Role::Parameter, Role::Local] {
                    let found = candidates(name, Habit::Snake, Sense::Unknown, role);
                    assert!(found.len() >= MOST - 1, "{name}: {found:?}");
                }
            }
        }
    }
}
