//! Names of local variables and parameters.
//!
//! A name is renamed only where nothing is in doubt: every place at which the word stands inside the
//! outermost function, outside comments, is an identifier that is renamed too, and each lies where
//! one of its declarations holds. The new names occur nowhere in the advisory's source.

mod comments;
mod sense;
mod shell;
mod table;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    ops::Range,
};

use super::{
    Change, Offer, Surroundings, Syntax,
    words::{Habit, MOST, Role, Sense, candidates},
};
use crate::{
    carrier::CarrierKind,
    document::{Language, source::lexer::is_keyword},
};
use table::{FOREIGN, Keywords, MEMBERS, OFTEN_RESERVED, Table, Use, Where, table};

/// A name declared inside a function.
struct Declared {
    /// The outermost function around it.
    region: usize,
    /// The nearest node in which it lives.
    scope: usize,
    kind: Use,
    sense: Sense,
}

/// Offers a slot for every name that can be exchanged.
pub(super) fn find(syntax: &Syntax<'_>, around: &Surroundings<'_>, offers: &mut Vec<Offer>) {
    let table = table(syntax.language);
    if table.reflection.split(' ').any(|word| syntax.words.contains_key(word)) {
        return;
    }
    let finder = Finder::new(syntax, &table, around);
    let habit = habit(&finder);
    // Names of one function must stay apart; those of different functions need not. What belongs to
    // the whole file comes first.
    let mut everywhere: HashSet<String> = HashSet::new();
    let mut used: HashMap<usize, HashSet<String>> = HashMap::new();
    for ((region, name), declared) in &finder.declared {
        let Some(mut sites) = finder.sites(*region, name, declared) else { continue };
        let used = used.entry(*region).or_default();
        let bare = name.trim_start_matches('$');
        let free = |other: &String| {
            !used.contains(other)
                && !everywhere.contains(other)
                && finder.is_free(other)
                && other.len() < 40
        };
        let mut texts = vec![bare.to_owned()];
        let sense = sense::common(declared.iter().map(|declared| declared.sense));
        let given = declared.iter().any(|declared| declared.kind == Use::Parameter);
        let role = if given { Role::Parameter } else { Role::Local };
        let names = candidates(bare, habit, sense, role);
        texts.extend(names.into_iter().filter(free).take(MOST - 1));
        if texts.len() < 2 {
            continue;
        }
        let taken = if *region == 0 { &mut everywhere } else { used };
        taken.extend(texts.iter().cloned());
        sites.extend(comments::mentions(syntax, around.declared, *region, bare));
        sites.sort_unstable_by_key(|site| site.start);
        let sites = sites.into_iter().map(|span| (span, texts.clone())).collect();
        let change = Change::Texts(sites);
        offers.push(Offer { kind: CarrierKind::Names, rule: "name", change });
    }
}

/// How the file writes names: by its own habit, or else by that of the language.
fn habit(finder: &Finder<'_>) -> Habit {
    let syntax = finder.syntax;
    // Words of Bash are those of other programs as well.
    let known = |word: &&&str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && (syntax.language != Language::Bash || finder.uses.contains_key(**word))
    };
    let words = || syntax.words.keys().filter(known);
    let snake = words().filter(|word| word.trim_matches('_').contains('_')).count();
    let camel = words().filter(|word| word.contains(|c: char| c.is_ascii_uppercase())).count();
    let language = match syntax.language {
        Language::Java
        | Language::CSharp
        | Language::Go
        | Language::JavaScript
        | Language::TypeScript
        | Language::Php
        | Language::PowerShell => Habit::Camel,
        _ => Habit::Snake,
    };
    match snake.cmp(&camel) {
        std::cmp::Ordering::Greater => Habit::Snake,
        std::cmp::Ordering::Less => Habit::Camel,
        std::cmp::Ordering::Equal => language,
    }
}

/// Whether a list of words separated by spaces holds a word.
fn is_in(list: &str, word: &str) -> bool {
    list.split(' ').any(|one| one == word)
}

struct Finder<'a> {
    syntax: &'a Syntax<'a>,
    table: &'a Table,
    around: &'a Surroundings<'a>,
    /// Names by the outermost function that declares them.
    declared: BTreeMap<(usize, &'a str), Vec<Declared>>,
    /// Every node that names a variable, by its text.
    uses: HashMap<&'a str, Vec<usize>>,
    /// Names that mean something outside functions, or that are no variables.
    refused: BTreeSet<&'a str>,
    /// Names that stand inside what is one node, by their text.
    loose: HashMap<&'a str, Vec<Range<usize>>>,
    /// Names that may have a value from outside.
    asked: BTreeSet<&'a str>,
    /// Words of the language and its library, and of others.
    reserved: HashSet<&'static str>,
}

impl<'a> Finder<'a> {
    fn new(syntax: &'a Syntax<'a>, table: &'a Table, around: &'a Surroundings<'a>) -> Self {
        let mut finder = Self {
            syntax,
            table,
            around,
            declared: BTreeMap::new(),
            uses: HashMap::new(),
            refused: BTreeSet::new(),
            loose: HashMap::new(),
            asked: BTreeSet::new(),
            reserved: table.given.split(' ').chain(OFTEN_RESERVED.split(' ')).collect(),
        };
        for node in 0..syntax.nodes.len() {
            if table.names.contains(&syntax.kind(node)) {
                finder.uses.entry(syntax.text(node)).or_default().push(node);
                if finder.is_foreign(node) {
                    finder.refused.insert(syntax.text(node));
                }
            }
            if let Some((_, place, kind)) =
                table.declares.iter().find(|(of, _, _)| *of == syntax.kind(node))
            {
                finder.declare(node, *place, *kind);
            }
            finder.refuse(node);
        }
        if syntax.language == Language::Bash {
            shell::settle(&mut finder);
        }
        finder
    }

    /// Whether an identifier is the name of a member, an argument, a type.
    fn is_foreign(&self, node: usize) -> bool {
        let Some(parent) = self.syntax.parent(node) else { return true };
        let kind = self.syntax.kind(parent);
        let field = self.syntax.nodes[node].field.unwrap_or("");
        // A name as the path of another is a variable in no language here but one.
        MEMBERS.contains(&(kind, field)) || FOREIGN.contains(&kind)
    }

    /// Names that nodes of a certain kind put out of reach.
    fn refuse(&mut self, node: usize) {
        let syntax = self.syntax;
        let kind = syntax.kind(node);
        let named = matches!(
            kind,
            "function_definition"
                | "function_declaration"
                | "function_declarator"
                | "function_item"
                | "function_signature_item"
                | "method_declaration"
                | "method_definition"
                | "method"
                | "singleton_method"
                | "local_function_statement"
                | "class_definition"
                | "class_declaration"
                | "generator_function_declaration"
                | "const_item"
                | "static_item"
                | "macro_definition"
                | "enumerator"
                | "enum_member_declaration"
                | "property_declaration"
                | "type_spec"
        );
        if named {
            for field in ["name", "declarator"] {
                if let Some(name) = syntax.field(node, field) {
                    self.refused.insert(syntax.text(name));
                }
            }
        }
        if matches!(kind, "preproc_def" | "preproc_function_def" | "macro_definition") {
            let span = syntax.span(node);
            let text = &syntax.text[span];
            let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
            self.refused.extend(words.filter(|word| !word.is_empty()));
        }
    }

    fn declare(&mut self, node: usize, place: Where, kind: Use) {
        let mut names = Vec::new();
        match place {
            Where::Field(field) => {
                for child in self.syntax.children(node) {
                    if self.syntax.nodes[child].field == Some(field) {
                        self.targets(child, &mut names);
                    }
                }
            }
            Where::Children => {
                let body = self.syntax.field(node, "body").unwrap_or(usize::MAX);
                for child in self.syntax.children(node).filter(|child| *child != body) {
                    self.child_targets(node, child, &mut names);
                }
            }
            Where::Declarators => {
                for child in self.syntax.children(node) {
                    if matches!(self.syntax.nodes[child].field, Some("declarator" | "name")) {
                        self.declarators(child, &mut names);
                    }
                }
            }
        }
        for name in names {
            self.put(name, kind);
        }
    }

    fn child_targets(&self, node: usize, child: usize, names: &mut Vec<usize>) {
        let syntax = self.syntax;
        match (self.syntax.language, syntax.kind(node)) {
            (Language::PowerShell, _) => {
                // Types and members stand around some targets; plain variables only.
                if syntax.kind(node) != "assignment_expression"
                    || syntax.nodes[child].field != Some("value")
                {
                    let mut at = child;
                    while syntax.children(at).count() == 1 {
                        at = syntax.children(at).next().unwrap_or(at);
                    }
                    self.targets(at, names);
                }
            }
            _ => self.targets(child, names),
        }
    }

    /// Names at a node that is one, or a list of them.
    fn targets(&self, node: usize, names: &mut Vec<usize>) {
        let syntax = self.syntax;
        if self.table.names.contains(&syntax.kind(node)) {
            names.push(node);
            return;
        }
        let is_list = matches!(
            syntax.kind(node),
            "expression_list"
                | "pattern_list"
                | "tuple_pattern"
                | "list_pattern"
                | "left_assignment_list"
                | "identifier_list"
                | "mut_pattern"
                | "array_pattern"
                | "implicit_parameter"
                | "parameter_list"
        );
        if is_list {
            for child in syntax.children(node) {
                self.targets(child, names);
            }
        }
    }

    fn declarators(&self, node: usize, names: &mut Vec<usize>) {
        let syntax = self.syntax;
        let mut at = node;
        for _ in 0..16 {
            match syntax.kind(at) {
                "identifier" => {
                    names.push(at);
                    return;
                }
                "pointer_declarator"
                | "array_declarator"
                | "reference_declarator"
                | "init_declarator"
                | "parenthesized_declarator" => {
                    let inner = syntax.field(at, "declarator").or_else(|| {
                        syntax.parts(at).find(|part| {
                            syntax.kind(*part).ends_with("declarator")
                                || syntax.kind(*part) == "identifier"
                        })
                    });
                    let Some(inner) = inner else { return };
                    at = inner;
                }
                _ => return,
            }
        }
    }

    fn put(&mut self, name: usize, kind: Use) {
        let syntax = self.syntax;
        let text = syntax.text(name);
        let mut region = None;
        let mut scope = None;
        for around in syntax.around(name) {
            let node = syntax.kind(around);
            // A member of a class inside a function is seen from outside.
            if region.is_none()
                && matches!(
                    node,
                    "class_definition"
                        | "class_declaration"
                        | "class_body"
                        | "class_specifier"
                        | "struct_specifier"
                        | "field_declaration"
                        | "property_declaration"
                )
            {
                break;
            }
            if scope.is_none() && is_in(self.table.scopes, node) {
                scope = Some(around);
            }
            if is_in(self.table.functions, node) {
                region = Some(around);
            }
        }
        match (region, scope) {
            (Some(region), Some(scope)) => {
                let sense = sense::of(syntax, name);
                let declared = Declared { region, scope, kind, sense };
                self.declared.entry((region, text)).or_default().push(declared);
            }
            // At the top of a file it may be anybody's.
            _ => drop(self.refused.insert(text)),
        }
    }

    /// Where a name stands in its function, if it may be renamed there.
    fn sites(&self, region: usize, name: &str, declared: &[Declared]) -> Option<Vec<Range<usize>>> {
        let syntax = self.syntax;
        let sigil = usize::from(name.starts_with('$'));
        let bare = &name[sigil..];
        let plain = bare.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && bare.starts_with(|c: char| c.is_ascii_lowercase())
            && !bare.bytes().any(|b| b == b'$');
        let shouts = bare.len() > 1 && !bare.bytes().any(|b| b.is_ascii_lowercase());
        let kept = self.around.keep.iter().any(|keep| keep.trim_start_matches('$') == bare);
        if !plain
            || shouts
            || kept
            || is_keyword(bare)
            || is_in(self.table.given, bare) && self.is_given_for_sure(bare)
            || self.refused.contains(name)
            || declared.iter().any(|declared| declared.region != region)
        {
            return None;
        }
        if declared.iter().any(|declared| declared.kind == Use::Parameter)
            && !self.may_rename_parameter(region, bare, declared)
        {
            return None;
        }
        let span = syntax.span(region);
        if syntax.errors.iter().any(|error| error.start < span.end && span.start < error.end) {
            return None;
        }
        let mut sites = Vec::new();
        for node in self.uses.get(name)?.iter().filter(|node| syntax.below(region).contains(*node))
        {
            let held = declared.iter().any(|d| syntax.below(d.scope).contains(node));
            if !held || self.is_foreign(*node) {
                return None;
            }
            let span = syntax.span(*node);
            sites.push(span.start + sigil..span.end);
        }
        for place in self.loose.get(name).into_iter().flatten().filter(|p| span.contains(&p.start))
        {
            let held = |declared: &Declared| syntax.span(declared.scope).contains(&place.start);
            if !declared.iter().any(held) {
                return None;
            }
            sites.push(place.clone());
        }
        sites.sort_unstable_by_key(|site| site.start);
        sites.dedup();
        // Every time the word stands here it must be one of these.
        let places = syntax.words.get(bare)?;
        let inside = places.iter().filter(|place| span.contains(place)).count();
        if inside != sites.len() || self.folded_twin(bare) {
            return None;
        }
        if self.table.dynamic {
            // Whoever is called sees it, so nobody else may say the word at all.
            let elsewhere = places.iter().any(|place| !span.contains(place));
            let own = |place: &usize| {
                self.declared.iter().any(|((other, known), _)| {
                    *known == name && syntax.span(*other).contains(place)
                })
            };
            if elsewhere && !places.iter().all(own) {
                return None;
            }
        }
        Some(sites)
    }

    /// Whether a name of the library is meant wherever it stands. A variable that is declared and
    /// only ever used in its scope hides it, which is checked with the places.
    fn is_given_for_sure(&self, name: &str) -> bool {
        matches!(
            name,
            "self"
                | "cls"
                | "this"
                | "arguments"
                | "argc"
                | "argv"
                | "main"
                | "_"
                | "args"
                | "value"
        ) && !(name == "value" && self.syntax.language != Language::CSharp)
            || self.table.keywords == Keywords::Always
            || self.syntax.language == Language::Ruby
    }

    /// In a language that folds letter case, whether the word is also written in another case.
    fn folded_twin(&self, name: &str) -> bool {
        self.syntax.language == Language::PowerShell
            && self.syntax.words.keys().any(|word| *word != name && word.eq_ignore_ascii_case(name))
    }

    fn may_rename_parameter(&self, region: usize, name: &str, declared: &[Declared]) -> bool {
        match self.table.keywords {
            Keywords::Never => true,
            Keywords::Always => false,
            Keywords::Possible if self.around.keywords.contains(name) => false,
            Keywords::Possible if self.syntax.language != Language::Python => true,
            // Frameworks call decorated functions and tests by the names of their parameters.
            Keywords::Possible => declared.iter().all(|declared| {
                let decorated = |node: usize| {
                    self.syntax.parent(node).is_some_and(|parent| {
                        self.syntax.kind(parent) == "decorated_definition"
                            && self.syntax.children(parent).any(|child| {
                                let text = self.syntax.text(child);
                                self.syntax.kind(child) == "decorator"
                                    && !matches!(text, "@staticmethod" | "@classmethod")
                            })
                    })
                };
                let test = self
                    .syntax
                    .field(declared.scope, "name")
                    .is_some_and(|name| self.syntax.text(name).starts_with("test"));
                !test && !decorated(declared.scope) && !decorated(region)
            }),
        }
    }

    /// Whether nobody in the advisory says a word yet, nor the language or its library.
    fn is_free(&self, word: &str) -> bool {
        !is_keyword(word)
            && !self.around.words.contains(word)
            && !self.reserved.contains(word)
            && (self.syntax.language != Language::PowerShell
                || !self.syntax.words.keys().any(|known| known.eq_ignore_ascii_case(word)))
    }
}
