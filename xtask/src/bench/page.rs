//! The figures in `docs/benchmarks.md`: a table and a chart for each group, written by the run that
//! took them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::machine::Machine;
use super::report::{Report, figure};
use super::{Group, chart};

const PAGE: &str = "docs/benchmarks.md";
const CHARTS: &str = "docs/benchmarks";

pub(super) fn write(group: Group, machine: &Machine, reports: &[Report]) -> Result<()> {
    let name = group.name();
    let chart = Path::new(CHARTS).join(&name).with_extension("svg");
    let drawn = chart::draw(&name, reports)?;
    fs::write(&chart, drawn).with_context(|| format!("cannot write {}", chart.display()))?;
    let page = fs::read_to_string(PAGE).with_context(|| format!("cannot read {PAGE}"))?;
    let page = replace(&page, &name, &block(&name, machine, reports))?;
    fs::write(PAGE, page).with_context(|| format!("cannot write {PAGE}"))
}

fn block(name: &str, machine: &Machine, reports: &[Report]) -> String {
    let mut text = format!(
        "`cargo xtask bench {name}`, {}:\n\n\
         ![How many times less each work costs than with its peer](benchmarks/{name}.svg)\n\n\
         | work | unit | ours | peer | its cost | ratio | goal |\n\
         |---|---|---:|---|---:|---:|---|\n",
        machine.describe()
    );
    for report in reports {
        let Report { work, peer, unit, ours, theirs, ratio, goal, .. } = report;
        let ratio = ratio.map_or_else(|| "-".to_owned(), figure);
        let goal = match (goal, report.is_met()) {
            (Some(goal), Some(true)) => format!("{}: met", figure(*goal)),
            (Some(goal), _) => format!("{}: **missed**", figure(*goal)),
            (None, _) => String::new(),
        };
        let (ours, theirs) = (figure(*ours), figure(*theirs));
        // A string of what was just made cannot fail to grow.
        let _ =
            writeln!(text, "| {work} | {unit} | {ours} | {peer} | {theirs} | {ratio} | {goal} |");
    }
    text
}

/// The page with this between the two comments of the group.
fn replace(page: &str, name: &str, block: &str) -> Result<String> {
    let (begin, end) =
        (format!("<!-- {name}: written by the run -->"), format!("<!-- {name}: end -->"));
    let missing =
        || format!("{PAGE} has no place for {name}: it needs the lines {begin} and {end}");
    let (before, rest) = page.split_once(&begin).with_context(missing)?;
    let (_, after) = rest.split_once(&end).with_context(missing)?;
    Ok(format!("{before}{begin}\n{block}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_comments_of_the_group_is_replaced() {
        let page = "a\n<!-- x: written by the run -->\nold\n<!-- x: end -->\nb\n";
        let new = replace(page, "x", "new\n").unwrap();
        assert_eq!(new, "a\n<!-- x: written by the run -->\nnew\n<!-- x: end -->\nb\n");
        assert_eq!(replace(&new, "x", "new\n").unwrap(), new);
        assert!(replace(page, "y", "new").unwrap_err().to_string().contains("y: end"));
    }

    #[test]
    fn the_page_has_a_place_for_each_group() {
        use clap::ValueEnum;

        let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(PAGE));
        for group in Group::value_variants() {
            replace(page.as_ref().unwrap(), &group.name(), "").unwrap();
        }
    }
}
