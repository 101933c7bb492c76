//! Where a figure was taken.

use std::fs;
use std::process::Command;
use std::thread;

use crate::command::CommandExt;

/// A machine as it was at one moment.
pub(super) struct Machine {
    day: String,
    processor: String,
    cores: usize,
    system: String,
    compiler: String,
    /// How many wanted a processor, over the last minute.
    load: Option<String>,
}

impl Machine {
    pub(super) fn look() -> Self {
        let said = |program: &str, words: &[&str]| {
            let answer = Command::new(program).args(words).read().unwrap_or_default();
            String::from_utf8_lossy(&answer).trim().to_owned()
        };
        let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = processors.lines().find_map(|line| line.strip_prefix("model name"));
        let model = model.map(|line| line.trim_start_matches([':', ' ', '\t']).to_owned());
        let load = fs::read_to_string("/proc/loadavg").ok();
        Self {
            day: said("date", &["-u", "+%F"]),
            processor: model.unwrap_or_else(|| said("uname", &["-m"])),
            cores: thread::available_parallelism().map_or(1, usize::from),
            system: said("uname", &["-s"]),
            compiler: said("rustc", &["--version"]),
            load: load.and_then(|load| Some(load.split(' ').next()?.to_owned())),
        }
    }

    /// One sentence, of which the second half says how quiet it was.
    pub(super) fn describe(&self) -> String {
        let Self { day, processor, cores, system, compiler, load } = self;
        let load = load.as_ref().map_or_else(String::new, |load| format!(", load {load} before"));
        format!("{day}, {processor}, {cores} processors, {system}, {compiler}{load}")
    }
}
