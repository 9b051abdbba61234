//! The picture of an evaluation, as SVG: distances above, rates of error below.
//!
//! SVG, because its letters are drawn by whoever shows it: no font of this machine is needed. It shows counts and
//! rates only: no name, no file, no face.

use plotters::prelude::*;

use super::report::{PEOPLE_FEW, percent};
use crate::face::evaluation::{Comparison, Distances, Rate, Threshold};

/// Width and height in pixels.
const SIZE: (u32, u32) = (960, 760);
/// Distances beyond are not drawn; unlike faces are about 0.8 apart.
const DISTANCE_MAX: u16 = 1_200;
/// One column of the distances, in thousandths.
const COLUMN: u16 = 20;
/// One step of the curves, in thousandths.
const STEP: u16 = 5;
/// Where the rates end, so that their names stand above them.
const RATES_TOP: f64 = 1.3;
/// Pictures of one person.
const SAME: RGBColor = RGBColor(0, 90, 181);
/// Pictures of two people.
const DIFFERENT: RGBColor = RGBColor(196, 78, 0);
const FONT: &str = "sans-serif";

type Sheet<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
/// Its colour, its name, its rates by threshold.
type Curve<'a> = (RGBColor, &'a str, Vec<(f64, Rate)>);
type Drawn = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// Draws it. `threshold` is the one that a server uses.
pub(super) fn draw(compared: &Comparison, threshold: Threshold) -> Result<String, String> {
    let mut svg = String::new();
    fill(&mut svg, compared, threshold).map_err(|error| error.to_string())?;
    Ok(svg)
}

fn fill(svg: &mut String, compared: &Comparison, threshold: Threshold) -> Drawn {
    let sheet = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    sheet.fill(&WHITE).map_err(told)?;
    let few = if compared.people < PEOPLE_FEW {
        ": far too few to decide by"
    } else {
        ""
    };
    let title = format!("{} people, {} pictures{few}", compared.people, compared.pictures);
    let sheet = sheet.titled(&title, (FONT, 22)).map_err(told)?;
    let (above, below) = sheet.split_vertically(300);
    distances(&above, compared, threshold)?;
    rates(&below, compared, threshold)?;
    sheet.present().map_err(told)
}

/// Columns: how far apart pictures of one person are, and of two.
fn distances(sheet: &Sheet<'_>, compared: &Comparison, threshold: Threshold) -> Drawn {
    let (same, different) = (columns(&compared.same), columns(&compared.different));
    let tallest = same
        .iter()
        .chain(&different)
        .map(|(_, share)| *share)
        .fold(0.01, f64::max)
        * 1.1;
    let mut chart = ChartBuilder::on(sheet)
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(64)
        .build_cartesian_2d(0.0..at(DISTANCE_MAX), 0.0..tallest)
        .map_err(told)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc("distance of two pictures")
        .y_desc("share of the pairs")
        .y_label_formatter(&|share| percent(*share))
        .label_style((FONT, 14))
        .draw()
        .map_err(told)?;
    for (columns, colour, what, pairs) in [
        (same, SAME, "one person", compared.same.pairs()),
        (different, DIFFERENT, "two people", compared.different.pairs()),
    ] {
        let bars = columns
            .into_iter()
            .filter(|(_, share)| *share > 0.0)
            .map(|(from, share)| Rectangle::new([(from, 0.0), (from + at(COLUMN), share)], colour.mix(0.55).filled()));
        chart
            .draw_series(bars)
            .map_err(told)?
            .label(format!("{what}: {pairs} pairs"))
            .legend(move |(x, y)| Rectangle::new([(x, y - 5), (x + 14, y + 5)], colour.mix(0.55).filled()));
    }
    chart.draw_series(mark(threshold, tallest)).map_err(told)?;
    legend(&mut chart)
}

/// Curves: how often the one and the other is told wrongly, with both intervals of each.
fn rates(sheet: &Sheet<'_>, compared: &Comparison, threshold: Threshold) -> Drawn {
    let mut chart = ChartBuilder::on(sheet)
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(64)
        .build_cartesian_2d(0.0..at(DISTANCE_MAX), 0.0..RATES_TOP)
        .map_err(told)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc("threshold; bands: 95 %, dark as if every pair were independent, light with people as the trials")
        .y_desc("rate of error")
        .y_label_formatter(&|rate| if *rate > 1.01 { String::new() } else { percent(*rate) })
        .label_style((FONT, 14))
        .draw()
        .map_err(told)?;
    let steps = || (0..=DISTANCE_MAX).step_by(usize::from(STEP)).map(Threshold);
    let rows: Vec<_> = steps().map(|threshold| compared.row(threshold)).collect();
    let curves: [Curve<'_>; 2] = [
        (
            SAME,
            "false non-match: one person not recognised",
            rows.iter()
                .map(|row| (at(row.threshold.0), row.false_non_match))
                .collect(),
        ),
        (
            DIFFERENT,
            "false match: another person taken for them",
            rows.iter().map(|row| (at(row.threshold.0), row.false_match)).collect(),
        ),
    ];
    for (colour, _, curve) in &curves {
        let people = curve.iter().map(|(x, rate)| (*x, rate.by_people));
        let pairs = curve.iter().map(|(x, rate)| (*x, rate.by_pairs));
        chart
            .draw_series([band(people.collect(), colour.mix(0.12))])
            .map_err(told)?;
        chart
            .draw_series([band(pairs.collect(), colour.mix(0.28))])
            .map_err(told)?;
    }
    for (colour, what, curve) in curves {
        let seen = curve.into_iter().filter_map(|(x, rate)| Some((x, rate.rate?)));
        chart
            .draw_series(LineSeries::new(seen, colour.stroke_width(2)))
            .map_err(told)?
            .label(what)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 14, y)], colour.stroke_width(2)));
    }
    chart
        .draw_series(mark(threshold, 1.0))
        .map_err(told)?
        .label(format!("threshold of the server: {threshold}"))
        .legend(|(x, y)| PathElement::new([(x, y), (x + 14, y)], BLACK.stroke_width(1)));
    legend(&mut chart)
}

type Chart<'a, 'b> = ChartContext<
    'a,
    SVGBackend<'b>,
    Cartesian2d<plotters::coord::types::RangedCoordf64, plotters::coord::types::RangedCoordf64>,
>;

fn legend<'a, 'b: 'a>(chart: &mut Chart<'a, 'b>) -> Drawn {
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK.mix(0.2))
        .label_font((FONT, 14))
        .draw()
        .map_err(told)
}

/// The area between the two bounds.
fn band(bounds: Vec<(f64, crate::face::evaluation::Interval)>, colour: RGBAColor) -> Polygon<(f64, f64)> {
    let above = bounds.iter().map(|(x, interval)| (*x, interval.high));
    let below = bounds.iter().rev().map(|(x, interval)| (*x, interval.low));
    Polygon::new(above.chain(below).collect::<Vec<_>>(), colour.filled())
}

/// A line where the server decides.
fn mark(threshold: Threshold, height: f64) -> [PathElement<(f64, f64)>; 1] {
    let x = at(threshold.0);
    [PathElement::new([(x, 0.0), (x, height)], BLACK.stroke_width(1))]
}

/// Shares of the pairs by distance.
fn columns(distances: &Distances) -> Vec<(f64, f64)> {
    let starts = (0..DISTANCE_MAX).step_by(usize::from(COLUMN));
    starts
        .map(|start| {
            let share = |thousandths| distances.share_below(Threshold(thousandths));
            (at(start), share(start + COLUMN) - share(start))
        })
        .collect()
}

fn at(thousandths: u16) -> f64 {
    f64::from(thousandths) / 1000.0
}

fn told(error: impl std::fmt::Display) -> Box<dyn std::error::Error + Send + Sync> {
    error.to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::{EMBEDDING_FLOATS, Embedding};

    fn people(count: u8, apart: f32) -> Vec<Vec<Embedding>> {
        let face = |place: f32| {
            let mut floats = Box::new([0.0; EMBEDDING_FLOATS]);
            floats[0] = place;
            Embedding::new(floats).unwrap()
        };
        let shots = |person: u8| (0..4_u8).map(move |shot| f32::from(person) * apart + f32::from(shot) * 0.11);
        (0..count).map(|person| shots(person).map(face).collect()).collect()
    }

    #[test]
    fn whatever_was_found_can_be_drawn() {
        for (count, apart) in [(0, 0.8), (1, 0.8), (2, 0.8), (40, 0.02)] {
            let compared = Comparison::of(&people(count, apart), || {});
            let svg = draw(&compared, Threshold(450)).unwrap();
            assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{count}");
            assert!(svg.contains(&format!("{count} people")) && svg.contains("false non-match"));
            assert!(!svg.contains("NaN") && svg.len() < 200_000, "{} bytes", svg.len());
        }
    }
}
