//! Variables of Bash.
//!
//! One that a function says `local` of belongs to that function and what it calls. Every other one
//! belongs to the whole file: it is renamed wherever the file names it, or not at all.

use std::{collections::BTreeMap, ops::Range};

use super::{Declared, Finder, Use, is_in, sense};
use crate::carrier::source::Syntax;

/// Who sees a variable that is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// A function and what it calls.
    Function,
    File,
    /// What the file starts.
    Outside,
}

/// What a Bash file does to names.
struct Shell<'a, 'f> {
    syntax: &'a Syntax<'a>,
    finder: &'f mut Finder<'a>,
    /// Places at which a variable of the file is written, by its name.
    writes: BTreeMap<&'a str, Vec<Range<usize>>>,
    /// The same of functions.
    locals: BTreeMap<&'a str, Vec<Range<usize>>>,
    /// Whether a table has words for keys.
    keyed: bool,
    /// Whether names come from what is computed.
    computed: bool,
}

/// Finds the variables of a file, the uses that are no nodes of their own, and who sees them.
pub(super) fn settle(finder: &mut Finder<'_>) {
    let syntax = finder.syntax;
    let flag = |node: usize| {
        syntax.kind(node) == "declaration_command"
            && options(syntax, node).any(|letter| letter == 'A')
    };
    let keyed = (0..syntax.nodes.len()).any(flag);
    let mut shell = Shell {
        syntax,
        finder,
        writes: BTreeMap::new(),
        locals: BTreeMap::new(),
        keyed,
        computed: computes(syntax.text),
    };
    for node in 0..syntax.nodes.len() {
        shell.look(node);
    }
    if shell.computed {
        finder.declared.clear();
        return;
    }
    let Shell { writes, locals, .. } = shell;
    widen(finder, writes, &locals);
}

/// Whether a text takes the value of one variable for the name of another.
fn computes(text: &str) -> bool {
    text.match_indices("${!").any(|(at, sign)| {
        let rest = text[at + sign.len()..]
            .trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
        !rest.starts_with("[@]}") && !rest.starts_with("[*]}")
    })
}

/// The letters of the options of a command.
fn options<'a>(syntax: &'a Syntax<'_>, command: usize) -> impl Iterator<Item = char> + 'a {
    let words = syntax.children(command).filter(|child| syntax.kind(*child) == "word");
    let words = words.map(|word| syntax.text(word)).filter(|word| word.starts_with('-'));
    words.flat_map(str::chars)
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

impl<'a> Shell<'a, '_> {
    fn look(&mut self, node: usize) {
        let syntax = self.syntax;
        match syntax.kind(node) {
            "variable_assignment" => {
                let parent = syntax.parent(node).map(|parent| (syntax.kind(parent), parent));
                let reach = match parent {
                    Some(("declaration_command", parent)) => self.reach(parent),
                    // Given to a command.
                    Some(("command", _)) => Reach::Outside,
                    _ => Reach::File,
                };
                let name = syntax.field(node, "name").and_then(|name| match syntax.kind(name) {
                    "subscript" => syntax.field(name, "name"),
                    _ => Some(name),
                });
                if let Some(name) = name {
                    self.write(name, reach);
                }
            }
            "declaration_command" => {
                let reach = self.reach(node);
                for child in syntax.children(node).skip(1) {
                    match syntax.kind(child) {
                        "variable_name" => self.write(child, reach),
                        "variable_assignment" => {}
                        "word" if syntax.text(child).starts_with('-') => {}
                        _ => self.computed = true,
                    }
                }
            }
            "for_statement" => {
                let mut children = syntax.children(node);
                if let Some(name) = children.find(|child| syntax.kind(*child) == "variable_name") {
                    self.write(name, Reach::File);
                }
            }
            "unset_command" => {
                let computes = |below: usize| syntax.kind(below).contains("expansion");
                self.computed |= syntax.below(node).any(computes);
            }
            "command" => self.command(node),
            "word" if self.is_arithmetic(node) => self.sums(node),
            "expansion" => self.expansion(node),
            _ => {}
        }
    }

    /// Who sees what a declaration declares.
    fn reach(&mut self, declaration: usize) -> Reach {
        let syntax = self.syntax;
        let keyword = syntax.children(declaration).next().map_or("", |word| syntax.text(word));
        let has = |letter| options(syntax, declaration).any(|option| option == letter);
        // A name for another variable, or all that are there.
        self.computed |= has('n') || has('p');
        let inside = syntax.around(declaration).any(|a| syntax.kind(a) == "function_definition");
        match keyword {
            "export" => Reach::Outside,
            _ if has('x') => Reach::Outside,
            "local" => Reach::Function,
            "declare" | "typeset" if inside && !has('g') => Reach::Function,
            _ => Reach::File,
        }
    }

    fn write(&mut self, name: usize, reach: Reach) {
        let text = self.syntax.text(name);
        match reach {
            Reach::Function => {
                self.locals.entry(text).or_default().push(self.syntax.span(name));
                self.finder.put(name, Use::Local);
            }
            Reach::File => self.writes.entry(text).or_default().push(self.syntax.span(name)),
            Reach::Outside => drop(self.finder.refused.insert(text)),
        }
    }

    /// A name that stands where the tree has none.
    fn loose(&mut self, span: Range<usize>, writes: bool) {
        let text = &self.syntax.text[span.clone()];
        if writes {
            self.writes.entry(text).or_default().push(span.clone());
        }
        self.finder.loose.entry(text).or_default().push(span);
    }

    /// Commands that take names.
    fn command(&mut self, node: usize) {
        let syntax = self.syntax;
        let name = syntax.field(node, "name").map_or("", |name| syntax.text(name));
        let given: Vec<usize> = syntax
            .children(node)
            .filter(|child| syntax.nodes[*child].field == Some("argument"))
            .collect();
        let (valued, from) = match name {
            "read" => ("diNnptu", 0),
            "mapfile" | "readarray" => ("dnOsuCc", 0),
            "getopts" => ("", 1),
            "printf" if given.first().is_some_and(|one| syntax.text(*one) == "-v") => ("", 1),
            "." => return self.computed = true,
            "set" => {
                let plain = given.first().is_some_and(|one| {
                    let text = syntax.text(*one);
                    text == "--" || !text.contains(['a', '$'])
                });
                self.computed |= !plain || given.iter().any(|one| syntax.text(*one) == "allexport");
                return;
            }
            _ => return,
        };
        let most = if valued.is_empty() { from + 1 } else { given.len() };
        let mut skips = false;
        for one in given.into_iter().take(most).skip(from) {
            let text = syntax.text(one);
            if std::mem::take(&mut skips) {
                continue;
            }
            if syntax.kind(one) != "word" {
                self.computed = true;
            } else if let Some(option) = text.strip_prefix('-') {
                let value = option.find(|letter| valued.contains(letter));
                skips = value.is_some_and(|at| at + 1 == option.len());
            } else if is_name(text) {
                self.loose(syntax.span(one), true);
            }
        }
    }

    /// Whether a word stands where names are numbers.
    fn is_arithmetic(&self, node: usize) -> bool {
        let syntax = self.syntax;
        for around in syntax.around(node) {
            match syntax.kind(around) {
                "binary_expression"
                | "unary_expression"
                | "postfix_expression"
                | "ternary_expression"
                | "parenthesized_expression"
                | "variable_assignment" => {}
                "subscript" | "c_style_for_statement" | "arithmetic_expansion" => return true,
                "compound_statement" => return syntax.text(around).starts_with("(("),
                _ => return false,
            }
        }
        false
    }

    /// The names in such a word.
    fn sums(&mut self, node: usize) {
        let syntax = self.syntax;
        let span = syntax.span(node);
        let key = syntax.around(node).any(|around| syntax.kind(around) == "subscript");
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let mut at = span.start;
        while let Some(start) = syntax.text[at..span.end].find(is_word).map(|found| at + found) {
            let end = syntax.text[start..span.end].find(|c| !is_word(c));
            at = end.map_or(span.end, |end| start + end);
            let text = &syntax.text[start..at];
            let expands = syntax.text[..start].ends_with('$');
            if is_name(text) && (expands || !key || !self.keyed) {
                self.loose(start..at, false);
            }
        }
    }

    /// What asks whether a variable has a value may ask what started the file.
    fn expansion(&mut self, node: usize) {
        let syntax = self.syntax;
        let asks = syntax.children(node).any(|child| {
            !syntax.nodes[child].named
                && matches!(syntax.text(child), ":-" | "-" | ":=" | "=" | ":?" | "?" | ":+" | "+")
        });
        let name = syntax.children(node).find(|child| syntax.kind(*child) == "variable_name");
        if let Some(name) = name.filter(|_| asks) {
            self.finder.asked.insert(syntax.text(name));
        }
    }
}

/// Makes one name of the file out of what no function keeps to itself.
fn widen<'a>(
    finder: &mut Finder<'a>,
    mut writes: BTreeMap<&'a str, Vec<Range<usize>>>,
    locals: &BTreeMap<&'a str, Vec<Range<usize>>>,
) {
    let syntax = finder.syntax;
    let mut regions: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (region, name) in finder.declared.keys() {
        regions.entry(name).or_default().push(*region);
    }
    // What a function says `local` of is its own, unless it is named elsewhere too.
    for (name, regions) in &regions {
        let own = |span: &Range<usize>| {
            regions.iter().any(|region| syntax.span(*region).contains(&span.start))
        };
        let nodes = finder.uses.get(name).into_iter().flatten().map(|node| syntax.span(*node));
        let loose = finder.loose.get(name).into_iter().flatten().cloned();
        if nodes.chain(loose).all(|span| own(&span)) {
            writes.remove(name);
        } else {
            writes.entry(name).or_default();
        }
    }
    for (name, mut places) in writes {
        places.extend(locals.get(name).into_iter().flatten().cloned());
        places.sort_by_key(|place| place.start);
        let mut declared = Vec::new();
        for region in regions.get(name).into_iter().flatten() {
            declared.extend(finder.declared.remove(&(*region, name)).into_iter().flatten());
        }
        if !may_widen(finder, name, &places) {
            continue;
        }
        let nodes = finder.uses.get(name).into_iter().flatten();
        let first = nodes.copied().find(|node| places.contains(&syntax.span(*node)));
        let sense = first.map_or(super::Sense::Unknown, |node| sense::of(syntax, node));
        declared.push(Declared { region: 0, scope: 0, kind: Use::Local, sense });
        for one in &mut declared {
            (one.region, one.scope) = (0, 0);
        }
        finder.declared.insert((0, name), declared);
    }
}

/// Whether nobody but this file writes or reads a variable of it.
fn may_widen(finder: &Finder<'_>, name: &str, writes: &[Range<usize>]) -> bool {
    // What programs take from their surroundings.
    const GIVEN: &str = "http_proxy https_proxy ftp_proxy all_proxy no_proxy rsync_proxy";
    let syntax = finder.syntax;
    let Some(first_write) = writes.first() else { return false };
    let outside = finder.refused.contains(name)
        || finder.asked.contains(name)
        || finder.around.shared.contains(name)
        || is_in(GIVEN, name);
    let nodes = finder.uses.get(name).into_iter().flatten().map(|node| syntax.span(*node));
    let loose = finder.loose.get(name).into_iter().flatten().cloned();
    let all: Vec<Range<usize>> = nodes.chain(loose).collect();
    let Some(first) = all.iter().min_by_key(|span| span.start) else { return false };
    let function = |place: &Range<usize>| {
        (0..syntax.nodes.len()).any(|node| {
            syntax.kind(node) == "function_definition" && syntax.span(node).contains(&place.start)
        })
    };
    // Set at the top of the file before anything runs that reads it.
    let set = |place: &Range<usize>| {
        (0..syntax.nodes.len()).any(|node| {
            syntax.kind(node) == "variable_assignment"
                && syntax.span(node).start == place.start
                && syntax.parent(node) == Some(0)
        })
    };
    let set_first = first == first_write
        || writes.iter().find(|place| set(place)).is_some_and(|place| {
            all.iter().filter(|other| other.start < place.start).all(function)
        });
    !outside && set_first && all.len() > writes.len()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::{Surroundings, find};
    use crate::{
        carrier::source::{Change, Syntax},
        document::{Language, source::grammar},
    };

    /// The names of a script that are exchanged, with how often each is written.
    fn exchanged(text: &str, shared: &str) -> Vec<(String, usize)> {
        let tree = grammar::parse(Language::Bash, "a.sh", text).expect("a grammar");
        let syntax = Syntax::new(&tree, text, Language::Bash);
        let words = HashSet::new();
        let shared = shared.split_whitespace().map(str::to_owned).collect();
        let around = Surroundings {
            keep: &[],
            words: &words,
            shared: &shared,
            keywords: &words,
            declared: &[],
            reserved: &[],
        };
        let mut offers = Vec::new();
        find(&syntax, &around, &mut offers);
        let mut names: Vec<(String, usize)> = offers
            .into_iter()
            .map(|offer| match offer.change {
                Change::Texts(sites) => (sites[0].1[0].clone(), sites.len()),
                Change::Arranged(..) => unreachable!("names are texts"),
            })
            .collect();
        names.sort();
        names
    }

    fn names(text: &str) -> Vec<String> {
        exchanged(text, "").into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn variables_of_a_file_are_renamed_wherever_it_names_them() {
        let text = "total=0\nfor host in a b; do\n  while IFS= read -r line; do\n    \
            total=$((total + ${#line}))\n  done < \"$host\"\ndone\necho \"$total ${host}\"\n\
            for ((i = 0; i < total; i++)); do echo \"${rows[i+1]} ${line:$i:1}\"; done\n";
        let expected = [("host", 3), ("i", 5), ("line", 3), ("total", 5)];
        let expected: Vec<_> = expected.map(|(name, count)| (name.to_owned(), count)).into();
        assert_eq!(exchanged(text, ""), expected);
        assert_eq!(exchanged(text, "host line")[..], [expected[1].clone(), expected[3].clone()]);
    }

    #[test]
    fn a_function_keeps_what_it_says_local_of() {
        let text = "f() { local n=$1; g; echo $n; }\ng() { local n=2; echo $n; }\n";
        assert_eq!(exchanged(text, "").len(), 2);
        // The callee sees the variable of its caller.
        let text = "f() { local n=$1; g; echo $n; }\ng() { n=2; echo $n; }\n";
        assert_eq!(exchanged(text, ""), [("n".to_owned(), 4)]);
    }

    #[test]
    fn what_others_see_is_kept() {
        for text in [
            // Taken from or given to what is outside.
            "timeout=${timeout:-3}\necho $timeout\n",
            "echo $level\nlevel=2\necho $level\n",
            "export level=2\necho $level\n",
            "level=2\nexport level\necho $level\n",
            "declare -x level=2\necho $level\n",
            "level=2 make\necho $level\n",
            "no_proxy=a\necho $no_proxy\n",
            "set -a\nlevel=2\necho $level\n",
            "set -o allexport\nlevel=2\necho $level\n",
            // A result for whoever reads this file.
            "f() { level=2; }\n",
            // Named by what is computed.
            "level=2\nname=level\necho ${!name}\n",
            "level=2\ndeclare -n other=$1\necho $level\n",
            "level=2\neval \"echo \\$level\"\n",
            "level=2\n. ./lib.sh\necho $level\n",
            "level=2\nread \"$1\"\necho $level\n",
            "level=2\nprintf -v \"$1\" x\necho $level\n",
            "level=2\nunset \"$1\"\necho $level\n",
            "level=2\nlocal \"$1\"\necho $level\n",
            "level=2\ndeclare -p\necho $level\n",
            "level=2\nset\necho $level\n",
            // Named in a text.
            "level=2\ntrap 'echo $level' EXIT\necho $level\n",
            "level=2\n[[ -v level ]] && echo $level\n",
            "level=2\nlet level++\necho $level\n",
            "level=2\nother=level\necho $((other)) $level\n",
        ] {
            assert!(!names(text).contains(&"level".to_owned()), "{text}");
        }
        // Words are keys of some tables, and names in others.
        let keyed = "declare -A table\nlevel=2\ntable[level]=3\necho $level ${table[$level]}\n";
        assert_eq!(names(keyed), ["table"]);
        let indexed = "declare -a table\nlevel=2\ntable[level]=3\necho $level ${table[level]}\n";
        assert_eq!(names(indexed), ["level", "table"]);
    }
}
