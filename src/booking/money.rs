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
    let currency = Currency::from_code(code).ok_or_else(|| MoneyError::UnknownCurrency {
        got: code.to_owned(),
    })?;
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
        let not_decimal = || MoneyError::NotDecimal {
            got: text.to_owned(),
        };
        // The decimal crate also reads signs, underscores and a bare point; an amount has none of them.
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
        if !plain || text.starts_with('.') || text.ends_with('.') {
            return Err(not_decimal());
        }
        let amount = match Decimal::from_str_exact(text) {
            Ok(amount) => amount.normalize(),
            Err(rust_decimal::Error::ExceedsMaximumPossibleValue) => {
                return Err(MoneyError::TooLarge { code });
            }
            Err(_) => return Err(not_decimal()),
        };
        let padding =
            decimals_max
                .checked_sub(amount.scale())
                .ok_or_else(|| MoneyError::TooFine {
                    got: text.to_owned(),
                    code,
                    decimals_max,
                })?;
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
