//! A chart of a group: a bar for each pair, as long as the peer's cost is a multiple of ours.

use anyhow::{Result, anyhow};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::report::{Report, figure};

const WIDTH: u32 = 960;
const ROW: u32 = 22;
/// Above and below the bars: the title, and the axis with its name.
const FRAME: u32 = 96;
const LABELS: u32 = 470;

const BETTER: RGBColor = RGBColor(0x2f, 0x6f, 0xde);
const WORSE: RGBColor = RGBColor(0xd9, 0x7a, 0x2b);
const GOAL: RGBColor = RGBColor(0x22, 0x22, 0x22);

/// Ratios on a logarithmic axis: to the right of 1 ours costs less, to the left it costs more. A
/// goal is a line across its bar. What has no ratio is in the table alone.
pub(super) fn draw(group: &str, reports: &[Report]) -> Result<String> {
    let rows: Vec<_> = reports.iter().filter_map(|row| Some((row, row.ratio?))).collect();
    let mut svg = String::new();
    let height = FRAME + ROW * rows.len() as u32;
    let root = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
    fill(&root, group, &rows).map_err(|error| anyhow!("the chart of {group}: {error}"))?;
    drop(root);
    Ok(svg)
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn fill(
    root: &Area<'_>,
    group: &str,
    rows: &[(&Report, f64)],
) -> Result<(), Box<dyn std::error::Error>> {
    root.fill(&WHITE)?;
    let (low, high) = rows.iter().fold((0.9_f64, 2.0_f64), |(low, high), (row, ratio)| {
        let goal = row.goal.unwrap_or(1.0);
        (low.min(ratio / 1.3).min(goal / 1.3), high.max(ratio * 2.0).max(goal * 2.0))
    });
    let mut chart = ChartBuilder::on(root)
        .caption(format!("{group}: the peer's cost as a multiple of ours"), ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(40)
        .margin_left(LABELS)
        .build_cartesian_2d((low..high).log_scale(), 0.0..rows.len() as f64)?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .disable_y_axis()
        .light_line_style(WHITE)
        .x_desc("times (logarithmic)")
        .x_label_formatter(&|value| figure(*value))
        .draw()?;
    let label = |size: u32| ("sans-serif", size).into_font().color(&BLACK);
    for (index, (row, ratio)) in rows.iter().enumerate() {
        let middle = (rows.len() - index) as f64 - 0.5;
        let colour = if *ratio >= 1.0 { BETTER } else { WORSE };
        let bar = [(1.0, middle - 0.3), (*ratio, middle + 0.3)];
        chart.draw_series([Rectangle::new(bar, colour.filled())])?;
        if let Some(goal) = row.goal {
            let line = vec![(goal, middle - 0.45), (goal, middle + 0.45)];
            chart.draw_series([PathElement::new(line, GOAL.stroke_width(2))])?;
        }
        let plot = chart.plotting_area();
        let (_, y) = plot.map_coordinate(&(1.0, middle));
        let (x, _) = plot.map_coordinate(&(ratio.max(row.goal.unwrap_or(1.0)).max(1.0), middle));
        let left = label(13).pos(Pos::new(HPos::Right, VPos::Center));
        let right = label(13).pos(Pos::new(HPos::Left, VPos::Center));
        let name = format!("{} / {}", row.work, row.peer);
        root.draw(&Text::new(name, (LABELS as i32 + 4, y), left))?;
        root.draw(&Text::new(figure(*ratio), (x + 6, y), right))?;
    }
    root.present()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_and_its_words_are_drawn_for_each_pair_that_has_a_ratio() {
        let report = |work, costs| Report::new("vault", work, "ssclient 2.0.1", costs, "ms CPU");
        let rows = [
            report("list 10,000", (3.0, 340.0)),
            report("slower <than> it", (2.0, 1.0)),
            report("of nothing", (0.0, 1.0)),
        ];
        let svg = draw("vault", &rows).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        for word in ["list 10,000 / ssclient 2.0.1", "slower &lt;than&gt; it", "113", "0.5"] {
            assert!(svg.contains(word), "{word}");
        }
        assert!(!svg.contains("of nothing"));
    }
}
