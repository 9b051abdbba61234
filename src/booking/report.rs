//! The return report: how and where a car came back, and whether its figures can be true.
//!
//! It knows no particular car; whether an odometer has run backwards is for the fleet to see.

use crate::place::Position;

/// How a car came back.
#[derive(Debug, Clone, PartialEq)]
pub struct ReturnReport {
    /// Where it stands.
    pub position: Position,
    /// Its odometer in kilometres.
    pub odometer_km: Option<f64>,
    /// What is left in the tank or battery, 0 to 100.
    pub fuel_percent: Option<f64>,
    /// The place by name.
    pub place: Option<String>,
    /// What the rider or operator had to say.
    pub note: Option<String>,
    /// Whether the car itself confirmed it.
    pub verified: bool,
}

/// Why a report is not taken.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ReportError {
    /// A figure that no car can have.
    #[error("got {field} {got}, wanted {wanted}")]
    Impossible {
        /// The field.
        field: &'static str,
        /// Its value.
        got: f64,
        /// What it may be.
        wanted: &'static str,
    },
}

impl ReturnReport {
    /// Whether the figures can be true of a car.
    pub(super) fn check(&self) -> Result<(), ReportError> {
        let figures = [
            ("odometer_km", self.odometer_km, f64::MAX, "kilometres, not negative"),
            ("fuel_percent", self.fuel_percent, 100.0, "0 to 100"),
        ];
        for (field, got, max, wanted) in figures {
            if let Some(got) = got.filter(|got| !(0.0..=max).contains(got)) {
                return Err(ReportError::Impossible { field, got, wanted });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::report;
    use super::*;

    #[test]
    fn a_return_with_impossible_figures_is_refused() {
        for (odometer_km, fuel_percent, field) in [
            (Some(-0.1), None, Some("odometer_km")),
            (Some(f64::NAN), None, Some("odometer_km")),
            (Some(f64::INFINITY), None, Some("odometer_km")),
            (None, Some(100.1), Some("fuel_percent")),
            (None, Some(-1.0), Some("fuel_percent")),
            (Some(0.0), Some(0.0), None),
            (Some(250_000.5), Some(100.0), None),
        ] {
            let report = ReturnReport {
                odometer_km,
                fuel_percent,
                ..report()
            };
            let refused = match report.check() {
                Err(ReportError::Impossible { field, .. }) => Some(field),
                Ok(()) => None,
            };
            assert_eq!(refused, field, "{odometer_km:?} {fuel_percent:?}");
        }
    }
}
