//! What declares a name, one table a language.

use crate::document::Language;

/// Where the names stand that a node declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    /// In this field, as a name or a list of names.
    Field(&'static str),
    /// As children.
    Children,
    /// At the end of declarators in the fields `declarator` and `name`.
    Declarators,
}

/// Whether callers may say the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Nobody outside sees it.
    Local,
    /// A parameter.
    Parameter,
}

/// How calls name parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keywords {
    /// They cannot.
    Never,
    /// They can: a parameter that some call names is kept.
    Possible,
    /// Parameters are public: all are kept.
    Always,
}

/// The rules of a language.
pub(super) struct Table {
    /// Nodes whose outermost one bounds a renaming.
    /// Separated by spaces.
    pub(super) functions: &'static str,
    /// Nodes in which a declared name lives.
    /// Separated by spaces.
    pub(super) scopes: &'static str,
    /// Nodes that are the name of a variable.
    pub(super) names: &'static [&'static str],
    pub(super) declares: &'static [(&'static str, Where, Use)],
    pub(super) keywords: Keywords,
    /// Whether a callee sees the variables of its caller.
    pub(super) dynamic: bool,
    /// Words with which a file looks its own names up; it is left alone.
    pub(super) reflection: &'static str,
    /// Names that the language or its library gives.
    pub(super) given: &'static str,
}

use Use::{Local, Parameter};
use Where::{Children, Declarators, Field};

/// Nodes of all languages in which an identifier, in this field, is no variable.
pub(super) const MEMBERS: [(&str, &str); 23] = [
    ("attribute", "attribute"),
    ("keyword_argument", "name"),
    ("member_access_expression", "name"),
    ("member_binding_expression", "name"),
    ("field_access", "field"),
    ("field_expression", "field"),
    ("method_invocation", "name"),
    ("call", "method"),
    ("invocation_expression", "method"),
    ("scoped_identifier", "name"),
    ("scoped_identifier", "path"),
    ("qualified_identifier", "name"),
    ("property_access", "property"),
    ("qualified_name", "name"),
    ("pair", "key"),
    ("named_argument", "name"),
    ("argument", "name"),
    ("method_reference", "method"),
    ("labeled_statement", "label"),
    ("break_statement", "label"),
    ("macro_invocation", "macro"),
    ("generic_name", "name"),
    ("field_initializer", "field"),
];

/// Parents whose identifiers are no variables, in whatever place.
pub(super) const FOREIGN: [&str; 27] = [
    "keyed_element_key",
    "shorthand_field_initializer",
    "name_colon",
    "keyword_parameter",
    "global_statement",
    "nonlocal_statement",
    "label",
    "import_statement",
    "import_from_statement",
    "dotted_name",
    "aliased_import",
    "type",
    "type_annotation",
    "tuple_struct_pattern",
    "struct_pattern",
    "attribute_item",
    "enum_variant",
    "method_reference",
    "marker_annotation",
    "annotation",
    "decorator",
    "attribute_list",
    "type_parameter",
    "template_argument_list",
    "undef",
    "alias",
    "initialized_variable_definition",
];

/// Words that some language or library reserves, and that would mislead in any.
pub(super) const OFTEN_RESERVED: &str = "abstract assert auto begin by default del dyn end from global is it loop match module \
    nonlocal of on out override package pass print protected ref register require self \
    signed sizeof string super this type typedef union unsafe use where";

const SCRIPT: Table = Table {
    functions: "function_declaration function_expression arrow_function method_definition \
        generator_function_declaration generator_function",
    scopes: "statement_block function_declaration function_expression arrow_function \
        method_definition generator_function_declaration generator_function \
        for_statement for_in_statement catch_clause switch_body",
    names: &["identifier"],
    declares: &[
        ("variable_declarator", Field("name"), Local),
        ("for_in_statement", Field("left"), Local),
        ("catch_clause", Field("parameter"), Local),
        ("formal_parameters", Children, Parameter),
        ("required_parameter", Field("pattern"), Parameter),
        ("optional_parameter", Field("pattern"), Parameter),
        ("arrow_function", Field("parameter"), Parameter),
    ],
    keywords: Keywords::Never,
    dynamic: false,
    reflection: "eval with",
    given: "arguments undefined NaN Infinity this super name self window document console \
        process module exports require global top parent status event length origin \
        location history screen close open stop find focus blur print",
};

const C_LIKE: Table = Table {
    functions: "function_definition lambda_expression",
    scopes: "compound_statement function_definition lambda_expression for_statement \
        for_range_loop catch_clause if_statement while_statement switch_statement",
    names: &["identifier"],
    declares: &[
        ("declaration", Declarators, Local),
        ("for_range_loop", Declarators, Local),
        ("parameter_declaration", Declarators, Parameter),
    ],
    keywords: Keywords::Never,
    dynamic: false,
    reflection: "asm __asm__",
    given: "main argc argv envp errno stdin stdout stderr NULL near far small min max \
        interface index rindex y0 y1 yn j0 j1 jn gamma signal time link read write open \
        close std cout cin endl cerr string vector map set list pair queue stack array \
        tuple swap sort find count begin end next prev distance data size left right \
        hash less greater plus minus ref move",
};

pub(super) fn table(language: Language) -> Table {
    match language {
        Language::JavaScript | Language::TypeScript => SCRIPT,
        // The given names of the C++ library matter where `using namespace std` stands.
        Language::C | Language::Cpp => C_LIKE,
        Language::Python => Table {
            functions: "function_definition lambda",
            scopes: "function_definition lambda",
            names: &["identifier"],
            declares: &[
                ("assignment", Field("left"), Local),
                ("for_statement", Field("left"), Local),
                ("for_in_clause", Field("left"), Local),
                ("named_expression", Field("name"), Local),
                ("as_pattern_target", Children, Local),
                ("parameters", Children, Parameter),
                ("lambda_parameters", Children, Parameter),
                ("default_parameter", Field("name"), Parameter),
                ("typed_parameter", Children, Parameter),
                ("typed_default_parameter", Field("name"), Parameter),
            ],
            keywords: Keywords::Possible,
            dynamic: false,
            reflection: "eval exec locals globals vars getattr setattr inspect",
            given: "self cls abs all any ascii bin bool bytes callable chr dict dir divmod enumerate \
                file filter float format frozenset hash help hex id input int isinstance iter \
                len list map max min next object oct open ord pow print property range repr \
                reversed round set slice sorted str sum super tuple type zip match case _",
        },
        Language::Java => Table {
            functions: "method_declaration constructor_declaration lambda_expression",
            scopes: "block method_declaration constructor_declaration constructor_body \
                lambda_expression for_statement enhanced_for_statement catch_clause \
                try_with_resources_statement switch_block",
            names: &["identifier"],
            declares: &[
                ("variable_declarator", Field("name"), Local),
                ("enhanced_for_statement", Field("name"), Local),
                ("catch_formal_parameter", Field("name"), Local),
                ("resource", Field("name"), Local),
                ("formal_parameter", Field("name"), Parameter),
                ("inferred_parameters", Children, Parameter),
                ("lambda_expression", Field("parameters"), Parameter),
            ],
            keywords: Keywords::Never,
            dynamic: false,
            reflection: "",
            given: "args main length record yield permits sealed module",
        },
        Language::CSharp => Table {
            functions: "method_declaration constructor_declaration local_function_statement \
                lambda_expression anonymous_method_expression",
            scopes: "block method_declaration constructor_declaration local_function_statement \
                lambda_expression anonymous_method_expression for_statement foreach_statement \
                catch_clause using_statement switch_section",
            names: &["identifier"],
            declares: &[
                ("variable_declarator", Field("name"), Local),
                ("foreach_statement", Field("left"), Local),
                ("catch_declaration", Field("name"), Local),
                ("parameter", Field("name"), Parameter),
                ("lambda_expression", Field("parameters"), Parameter),
            ],
            keywords: Keywords::Possible,
            dynamic: false,
            reflection: "nameof dynamic Reflection",
            given: "args value var get set add remove from select where group into join orderby \
                ascending descending on equals by partial yield record field init params base \
                ref out checked fixed event object string lock is",
        },
        Language::Go => Table {
            functions: "function_declaration method_declaration func_literal",
            scopes: "block function_declaration method_declaration func_literal for_statement \
                if_statement expression_case default_case type_case communication_case \
                expression_switch_statement type_switch_statement",
            names: &["identifier"],
            declares: &[
                ("short_var_declaration", Field("left"), Local),
                ("range_clause", Field("left"), Local),
                ("var_spec", Field("name"), Local),
                ("parameter_declaration", Field("name"), Parameter),
            ],
            keywords: Keywords::Never,
            dynamic: false,
            reflection: "",
            given: "_ init main any append byte cap clear close complex copy delete error imag iota \
                len make max min new panic print println range real recover rune string type map \
                chan select interface package fallthrough uint nil true false",
        },
        Language::Rust => Table {
            functions: "function_item closure_expression",
            scopes: "block function_item closure_expression for_expression match_arm if_expression \
                while_expression",
            names: &["identifier"],
            declares: &[
                ("let_declaration", Field("pattern"), Local),
                ("for_expression", Field("pattern"), Local),
                ("closure_parameters", Children, Local),
                ("parameter", Field("pattern"), Parameter),
            ],
            keywords: Keywords::Never,
            dynamic: false,
            reflection: "",
            given: "self crate super type match move ref box dyn where use mod loop trait str vec \
                std core alloc drop some none ok err main unsafe priv abstract become macro \
                override typeof unsized virtual yield try gen u_8",
        },
        Language::Php => Table {
            functions: "function_definition method_declaration anonymous_function \
                anonymous_function_creation_expression arrow_function",
            scopes: "function_definition method_declaration",
            names: &["variable_name"],
            declares: &[
                ("assignment_expression", Field("left"), Local),
                ("foreach_statement", Children, Local),
                ("pair", Children, Local),
                ("list_literal", Children, Local),
                ("simple_parameter", Field("name"), Parameter),
            ],
            keywords: Keywords::Possible,
            dynamic: false,
            reflection: "eval compact extract get_defined_vars parse_str include require include_once \
                require_once global static",
            given: "this argc argv http_response_header php_errormsg",
        },
        Language::Ruby => Table {
            functions: "method singleton_method",
            scopes: "method singleton_method",
            names: &["identifier"],
            declares: &[
                ("assignment", Field("left"), Local),
                ("for", Field("pattern"), Local),
                ("block_parameters", Children, Local),
                ("exception_variable", Children, Local),
                ("method_parameters", Children, Parameter),
            ],
            keywords: Keywords::Possible,
            dynamic: false,
            reflection: "eval binding instance_eval local_variables local_variable_get local_variable_set \
                send",
            given: "p puts print gets rand sleep test format raise loop catch throw proc lambda \
                require exit abort open select system trap warn it name method hash display \
                object_id redo retry self alias begin end next module undef when freeze dup \
                clone tap then itself class chop sub gsub srand putc spawn syscall fork fail \
                caller autoload",
        },
        Language::Bash => Table {
            functions: "function_definition",
            scopes: "function_definition",
            names: &["variable_name"],
            // Who declares what needs a look at the whole file.
            declares: &[],
            keywords: Keywords::Never,
            dynamic: true,
            reflection: "eval source",
            given: "path status argv time select coproc histchars",
        },
        Language::PowerShell => Table {
            functions: "function_statement program",
            scopes: "function_statement program",
            names: &["variable"],
            declares: &[
                ("assignment_expression", Children, Local),
                ("left_assignment_expression", Children, Local),
                ("foreach_statement", Children, Local),
                ("script_parameter", Children, Parameter),
            ],
            keywords: Keywords::Always,
            dynamic: true,
            reflection: "invoke-expression iex Invoke-Expression Variable variable scope global script \
                ExpandString",
            given: "_ args error foreach home host input matches null pid profile psitem pwd sender \
                switch this true false event ofs is_windows env",
        },
    }
}
