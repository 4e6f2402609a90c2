//! The commands: one file each, one line in the list each.

pub(crate) mod advisory;
mod backup;
mod canary;
mod cases;
mod completions;
mod demo;
mod identify;
mod init;
pub(crate) mod issue;
mod man;
mod plan;
mod recipient;
mod restore;
mod scan;
mod simulate;
mod status;
pub(crate) mod trace;

use crate::{answer::Answer, home::Home};

/// Makes the list of commands: the name on the command line and the module that runs it.
macro_rules! commands {
    ($($name:ident($module:ident)),* $(,)?) => {
        /// What to do.
        #[derive(Debug, clap::Subcommand)]
        pub(crate) enum Command {
            $(
                #[allow(missing_docs, reason = "clap takes the text from the arguments")]
                $name($module::Args),
            )*
        }

        impl Command {
            /// Does it.
            pub(crate) fn run(self, home: &Home) -> anyhow::Result<Answer> {
                match self {
                    $(Self::$name(args) => $module::run(args, home),)*
                }
            }
        }
    };
}

// In the order of `--help`, which is that of a programme's life.
commands! {
    Init(init),
    Recipient(recipient),
    Advisory(advisory),
    Plan(plan),
    Issue(issue),
    Trace(trace),
    Identify(identify),
    Scan(scan),
    Canary(canary),
    Cases(cases),
    Simulate(simulate),
    Status(status),
    Backup(backup),
    Restore(restore),
    Demo(demo),
    Completions(completions),
    Man(man),
}
