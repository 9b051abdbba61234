//! What an evaluation tells: tables and sentences for people, one JSON object for programs.
//!
//! It says how little few pictures mean before anybody can take its figures for more.

use serde::Serialize;

use super::folder::LeftOut;
use crate::cli::Failure;
use crate::cli::show::plain;
use crate::cli::table::table;
use crate::cli::tool::{say, say_json};
use crate::face::evaluation::{
    Advice, CONFIDENCE, Comparison, Interval, Rate, Row, Threshold, at_least_one, rule_of_three,
};

/// Files that do not count and are told one by one.
const LEFT_OUT_TOLD_MAX: usize = 50;
/// Fewer people say little whatever the figures are.
pub(super) const PEOPLE_FEW: usize = 30;
/// The false match rate that others report of such embeddings at 0.6.
const KNOWN_FALSE_MATCH: f64 = 5e-4;
/// People of the example searches.
const SEARCHES: [u32; 2] = [20, 5_000];

/// Everything that is told.
pub(super) struct Report<'a> {
    pub(super) compared: &'a Comparison,
    pub(super) left_out: &'a [LeftOut],
    pub(super) people: &'a [String],
    /// The threshold that a server with this configuration uses.
    pub(super) threshold: Threshold,
    /// The false match rate that is still taken.
    pub(super) false_match_max: f64,
    pub(super) plot: Option<String>,
}

#[derive(Serialize)]
struct Told<'a> {
    people: usize,
    pictures: usize,
    same_person_pairs: u64,
    different_person_pairs: u64,
    left_out: &'a [LeftOut],
    confidence: f64,
    intervals: &'static str,
    thresholds: Vec<ToldRow>,
    equal_error: Option<ToldEqual>,
    recommended_threshold: Option<f32>,
    false_match_max: f64,
    notes: Vec<String>,
    plot: Option<&'a str>,
}

#[derive(Serialize)]
struct ToldRow {
    threshold: f32,
    false_match: Rate,
    false_non_match: Rate,
}

#[derive(Serialize)]
struct ToldEqual {
    rate: f64,
    from: f32,
    to: f32,
}

impl Report<'_> {
    pub(super) fn say(&self, is_json: bool) -> Result<(), Failure> {
        if is_json {
            return say_json(&self.told());
        }
        let compared = self.compared;
        say(format!(
            "{} people, {} pictures, {} pairs of one person, {} pairs of two people\n",
            compared.people,
            compared.pictures,
            compared.same.pairs(),
            compared.different.pairs()
        ))?;
        self.say_left_out()?;
        let head = [
            "threshold",
            "false match",
            "95 %: by pairs",
            "by people",
            "false non-match",
            "95 %: by pairs",
            "by people",
        ];
        say(table(head, compared.rows().iter().map(|row| self.line(row))))?;
        say(format!("\n{}", self.notes().join("\n")))?;
        if let Some(plot) = &self.plot {
            say(format!("The picture of it is in {}.", plain(plot)))?;
        }
        Ok(())
    }

    fn told(&self) -> Told<'_> {
        let compared = self.compared;
        let row = |row: Row| ToldRow {
            threshold: row.threshold.distance(),
            false_match: row.false_match,
            false_non_match: row.false_non_match,
        };
        Told {
            people: compared.people,
            pictures: compared.pictures,
            same_person_pairs: compared.same.pairs(),
            different_person_pairs: compared.different.pairs(),
            left_out: self.left_out,
            confidence: CONFIDENCE,
            intervals: "Clopper-Pearson",
            thresholds: compared.rows().into_iter().map(row).collect(),
            equal_error: compared.equal_error().map(|equal| ToldEqual {
                rate: equal.rate,
                from: equal.from.distance(),
                to: equal.to.distance(),
            }),
            recommended_threshold: match compared.advice(self.false_match_max) {
                Advice::Take(row) => Some(row.threshold.distance()),
                Advice::TooFew { .. } | Advice::TooAlike => None,
            },
            false_match_max: self.false_match_max,
            notes: self.notes(),
            plot: self.plot.as_deref(),
        }
    }

    fn say_left_out(&self) -> Result<(), Failure> {
        if self.left_out.is_empty() {
            return Ok(());
        }
        let rows = self.left_out.iter().take(LEFT_OUT_TOLD_MAX);
        say(table(
            ["left out", "why"],
            rows.map(|left| [left.file.clone(), left.why.clone()]),
        ))?;
        let more = self.left_out.len().saturating_sub(LEFT_OUT_TOLD_MAX);
        if more > 0 {
            say(format!("and {more} more; --json names them all"))?;
        }
        say("")
    }

    fn line(&self, row: &Row) -> [String; 7] {
        let mark = if row.threshold == self.threshold { " *" } else { "" };
        let (false_match, missed) = (row.false_match, row.false_non_match);
        [
            format!("{}{mark}", row.threshold),
            seen(&false_match),
            between(false_match.by_pairs),
            between(false_match.by_people),
            seen(&missed),
            between(missed.by_pairs),
            between(missed.by_people),
        ]
    }

    /// What the figures mean, and what they do not.
    fn notes(&self) -> Vec<String> {
        let mut notes = vec![self.equal_error(), self.advice()];
        notes.extend(self.little());
        notes.push(
            "Intervals are Clopper and Pearson's. \"By pairs\" takes every pair for a trial of its own, which it is not: one \
             person is in many pairs. \"By people\" takes people for the trials. The truth is between; decide by the wide one."
                .to_owned(),
        );
        notes.push(format!(
            "These are figures of one picture against one. At a car the best of a person's templates counts, over several \
             frames, among the few who have booked that car, and a PIN is asked for. A search through many is another \
             thing: at a false match rate of {} a stranger is taken for somebody among {} people with {} probability, among {} with {}.",
            percent(KNOWN_FALSE_MATCH),
            SEARCHES[0],
            percent(at_least_one(KNOWN_FALSE_MATCH, f64::from(SEARCHES[0]))),
            SEARCHES[1],
            percent(at_least_one(KNOWN_FALSE_MATCH, f64::from(SEARCHES[1]))),
        ));
        notes
    }

    fn equal_error(&self) -> String {
        let Some(equal) = self.compared.equal_error() else {
            return "There is no equal error rate without pairs of both kinds.".to_owned();
        };
        let at = if equal.from == equal.to {
            format!("at {}", equal.from)
        } else {
            format!("at every threshold from {} to {}", equal.from, equal.to)
        };
        format!("Equal error rate: {} {at}.", percent(equal.rate))
    }

    fn advice(&self) -> String {
        let max = percent(self.false_match_max);
        match self.compared.advice(self.false_match_max) {
            Advice::Take(row) => format!(
                "Recommended: face.threshold = {}. False matches are at most {} there, also with people as the trials; \
                 {} of the pairs of one person were not recognised.",
                row.threshold,
                percent(row.false_match.by_people.high),
                percent(row.false_non_match.rate.unwrap_or(1.0)),
            ),
            Advice::TooFew { people_wanted } => format!(
                "No threshold is recommended: to say that at most {max} of different people match, it takes {people_wanted:.0} \
                 people of whom none matches another; here are {}. Stay with {} and the PIN.",
                self.compared.people, self.threshold,
            ),
            Advice::TooAlike => format!(
                "No threshold is recommended: at none of these at most {max} of different people match. See whether \
                 pictures lie in the wrong folder."
            ),
        }
    }

    /// How little these pictures say.
    fn little(&self) -> Vec<String> {
        let compared = self.compared;
        let mut notes = Vec::new();
        if compared.people < PEOPLE_FEW {
            notes.push(format!(
                "{} people are few: the figures show that all of it works, not how well it does.",
                compared.people
            ));
        }
        let row = compared.row(self.threshold);
        for (what, rate) in [
            ("false match", row.false_match),
            ("false non-match", row.false_non_match),
        ] {
            if rate.pairs > 0 && rate.errors == 0 {
                let pairs = f64::from(u32::try_from(rate.pairs).unwrap_or(u32::MAX));
                notes.push(format!(
                    "No {what} in {} pairs at {} is not none at all: by the rule of three the rate may still be 3/{} ({}), \
                     or more, since the pairs are of few people.",
                    rate.pairs,
                    self.threshold,
                    rate.pairs,
                    percent(rule_of_three(pairs))
                ));
            }
        }
        let empty = self.people.len().saturating_sub(compared.people);
        if empty > 0 {
            let folders = if empty == 1 {
                "1 folder has"
            } else {
                &format!("{empty} folders have")
            };
            notes.push(format!("{folders} no picture that counts."));
        }
        notes
    }
}

fn seen(rate: &Rate) -> String {
    match rate.rate {
        Some(seen) => format!("{} ({} of {})", percent(seen), rate.errors, rate.pairs),
        None => "no pairs".to_owned(),
    }
}

fn between(interval: Interval) -> String {
    format!("{} to {}", percent(interval.low), percent(interval.high))
}

/// A share as people read it, with as many digits as it has to say.
pub(super) fn percent(share: f64) -> String {
    let hundredths = share * 100.0;
    if hundredths <= 0.0 {
        "0 %".to_owned()
    } else if hundredths >= 99.95 {
        "100 %".to_owned()
    } else if hundredths >= 10.0 {
        format!("{hundredths:.0} %")
    } else if hundredths >= 1.0 {
        format!("{hundredths:.1} %")
    } else if hundredths >= 0.1 {
        format!("{hundredths:.2} %")
    } else {
        format!("{hundredths:.4} %")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_have_as_many_digits_as_they_have_to_say() {
        for (share, text) in [
            (0.0, "0 %"),
            (0.000_5, "0.0500 %"),
            (0.001_23, "0.12 %"),
            (0.045, "4.5 %"),
            (0.917_9, "92 %"),
            (0.999_9, "100 %"),
        ] {
            assert_eq!(percent(share), text);
        }
    }
}
