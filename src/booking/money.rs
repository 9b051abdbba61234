//! Amounts of money: whole minor units of an ISO 4217 currency, and the price of time.
//!
//! Exact: prices are computed in integers and rounded once, half up, to the minor unit. No floats,
//! no conversion between currencies, no payment.

use std::fmt;

use iso_currency::Currency;
use jiff::SignedDuration;
use rust_decimal::Decimal;

/// Nanoseconds in the hour that a rate is for.
const NANOS_PER_HOUR: i128 = 3_600_000_000_000;

/// An amount: 1300 minor units of EUR are 13.00 EUR, 1300 of JPY are 1300 JPY.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    /// Whole minor units.
    pub minor: i64,
    /// What they are units of.
    pub currency: Currency,
}

/// Why a text or a product is no amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// No such currency.
    #[error("got currency `{got}`, wanted an ISO 4217 code such as EUR")]
    UnknownCurrency {
        /// The code that was given.
        got: String,
    },
    /// Gold, test codes and the like: there is nothing to count in.
    #[error("currency {code} has no minor unit, so nothing can be priced in it")]
    NoMinorUnit {
        /// The code that was given.
        code: &'static str,
    },
    /// Not plain decimal text.
    #[error("got amount `{got}`, wanted decimal text such as 13.00, not negative")]
    NotDecimal {
        /// The text that was given.
        got: String,
    },
    /// More decimals than the currency has.
    #[error("got amount `{got}`, but {code} has {decimals_max} decimals")]
    TooFine {
        /// The text that was given.
        got: String,
        /// The currency.
        code: &'static str,
        /// How many decimals it has.
        decimals_max: u32,
    },
    /// More than 64 bits of minor units.
    #[error("an amount of {code} is too large to be kept")]
    TooLarge {
        /// The currency.
        code: &'static str,
    },
}

/// The currency with this ISO 4217 code, if amounts of it can be counted.
pub fn currency(code: &str) -> Result<Currency, MoneyError> {
    let currency = Currency::from_code(code).ok_or_else(|| MoneyError::UnknownCurrency { got: code.to_owned() })?;
    decimals(currency).map(|_| currency)
}

fn decimals(currency: Currency) -> Result<u32, MoneyError> {
    let code = currency.code();
    currency
        .exponent()
        .map(u32::from)
        .ok_or(MoneyError::NoMinorUnit { code })
}

impl Money {
    /// `minor` units of `currency`.
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Reads "13.00", "13" or "13.5" with as many decimals as the currency has, at most.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let decimals_max = decimals(currency)?;
        let code = currency.code();
        let too_fine = || MoneyError::TooFine {
            got: text.to_owned(),
            code,
            decimals_max,
        };
        // The decimal crate also reads signs, underscores and a bare point; an amount has none of them.
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) {
            return Err(MoneyError::NotDecimal { got: text.to_owned() });
        }
        let amount = match Decimal::from_str_exact(text) {
            Ok(amount) => amount.normalize(),
            Err(rust_decimal::Error::Underflow) => return Err(too_fine()),
            Err(_) => return Err(MoneyError::TooLarge { code }),
        };
        let padding = decimals_max.checked_sub(amount.scale()).ok_or_else(too_fine)?;
        let minor = 10_i128
            .checked_pow(padding)
            .and_then(|factor| amount.mantissa().checked_mul(factor))
            .and_then(|minor| i64::try_from(minor).ok())
            .ok_or(MoneyError::TooLarge { code })?;
        Ok(Self { minor, currency })
    }

    /// What `time` costs at this much an hour, rounded half up to the minor unit.
    pub fn per_hour_for(self, time: SignedDuration) -> Result<Self, MoneyError> {
        let too_large = MoneyError::TooLarge {
            code: self.currency.code(),
        };
        // floor((2n + d) / 2d) is n / d rounded half up.
        let minor = i128::from(self.minor)
            .checked_mul(time.as_nanos())
            .and_then(|product| product.checked_mul(2))
            .and_then(|doubled| doubled.checked_add(NANOS_PER_HOUR))
            .map(|doubled| doubled.div_euclid(2 * NANOS_PER_HOUR))
            .and_then(|minor| i64::try_from(minor).ok())
            .ok_or(too_large)?;
        Ok(Self { minor, ..self })
    }
}

/// Decimal text with as many decimals as the currency has, without its name.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = self.currency.exponent().map_or(0, u32::from);
        Decimal::from_i128_with_scale(i128::from(self.minor), scale).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn eur(minor: i64) -> Money {
        Money::new(minor, Currency::EUR)
    }

    #[test]
    fn amounts_are_read_to_the_minor_unit_and_written_back() {
        for (text, code, minor, written) in [
            ("13.00", "EUR", 1300, "13.00"),
            ("13", "EUR", 1300, "13.00"),
            ("13.5", "EUR", 1350, "13.50"),
            ("13.500", "EUR", 1350, "13.50"),
            ("007.05", "EUR", 705, "7.05"),
            ("0", "EUR", 0, "0.00"),
            ("1300", "JPY", 1300, "1300"),
            ("1.234", "KWD", 1234, "1.234"),
            ("92233720368547758.07", "EUR", i64::MAX, "92233720368547758.07"),
        ] {
            let money = Money::parse(text, currency(code).unwrap()).unwrap();
            assert_eq!(
                (money.minor, money.to_string().as_str()),
                (minor, written),
                "{text} {code}"
            );
        }
    }

    #[test]
    fn texts_that_are_no_amount_are_refused() {
        for text in [
            "", ".", ".5", "5.", "1.2.3", "-1", "+1", "1e3", "1_000", "1,50", " 1", "1 EUR", "NaN", "١",
        ] {
            let refused = Money::parse(text, Currency::EUR);
            assert_eq!(refused, Err(MoneyError::NotDecimal { got: text.to_owned() }));
        }
        let too_fine = |got: &str, code, decimals_max| {
            Err(MoneyError::TooFine {
                got: got.to_owned(),
                code,
                decimals_max,
            })
        };
        assert_eq!(Money::parse("13.005", Currency::EUR), too_fine("13.005", "EUR", 2));
        assert_eq!(Money::parse("1.5", Currency::JPY), too_fine("1.5", "JPY", 0));
        let thin = format!("0.{}1", "0".repeat(40));
        assert_eq!(Money::parse(&thin, Currency::EUR), too_fine(&thin, "EUR", 2));
        for text in ["92233720368547758.08", "9".repeat(28).as_str(), "9".repeat(40).as_str()] {
            assert_eq!(
                Money::parse(text, Currency::EUR),
                Err(MoneyError::TooLarge { code: "EUR" }),
                "{text}"
            );
        }
    }

    #[test]
    fn currencies_that_nothing_is_counted_in_are_refused() {
        assert_eq!(currency("EUR"), Ok(Currency::EUR));
        for code in ["", "eur", "EURO", "AAA"] {
            assert_eq!(
                currency(code),
                Err(MoneyError::UnknownCurrency { got: code.to_owned() })
            );
        }
        for code in ["XAU", "XXX"] {
            assert_eq!(currency(code), Err(MoneyError::NoMinorUnit { code }));
        }
    }

    #[test]
    fn half_a_minor_unit_is_rounded_up_and_less_is_not() {
        let minutes = SignedDuration::from_mins;
        let micro = SignedDuration::from_micros(1);
        for (rate, time, minor) in [
            (1300, minutes(60), 1300),
            (650, minutes(120), 1300),
            (1, minutes(30), 1),
            (1, minutes(30) - micro, 0),
            (1, minutes(90), 2),
            (1, minutes(90) - micro, 1),
            (1001, minutes(30), 501),
            (999, SignedDuration::from_secs(1), 0),
            (1800, SignedDuration::from_secs(1), 1),
            (0, minutes(60), 0),
            (1300, SignedDuration::ZERO, 0),
        ] {
            assert_eq!(eur(rate).per_hour_for(time), Ok(eur(minor)), "{rate} for {time:#}");
        }
    }

    #[test]
    fn a_price_that_does_not_fit_is_refused_and_never_wraps() {
        let hour = SignedDuration::from_hours(1);
        let micro = SignedDuration::from_micros(1);
        assert_eq!(eur(i64::MAX).per_hour_for(hour), Ok(eur(i64::MAX)));
        let too_large = Err(MoneyError::TooLarge { code: "EUR" });
        assert_eq!(eur(i64::MAX).per_hour_for(hour + micro), too_large);
        assert_eq!(eur(i64::MAX).per_hour_for(SignedDuration::MAX), too_large);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(minor in 0..=i64::MAX, code in prop::sample::select(vec!["EUR", "JPY", "KWD"])) {
            let money = Money::new(minor, currency(code).unwrap());
            prop_assert_eq!(Money::parse(&money.to_string(), money.currency), Ok(money));
        }

        #[test]
        fn a_price_is_never_more_than_half_a_unit_off(rate in 0..1_000_000_i64, micros in 0..10_i64.pow(13)) {
            let price = eur(rate).per_hour_for(SignedDuration::from_micros(micros)).unwrap();
            let exact = i128::from(rate) * i128::from(micros);
            let off = i128::from(price.minor) * 3_600_000_000 - exact;
            prop_assert!(-1_800_000_000 < off && off <= 1_800_000_000);
        }
    }
}
